import { describe, expect, it } from 'vitest'
import { PUSH_HOSTS } from '../../../src/server/config.ts'
import { allowedEndpoint, namedWithPort, validKeys } from '../../../src/server/devices/subscription.ts'
import { createPhone } from '../../fakes/phone.ts'

describe('PUSH-5 endpoints', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/x',
    'https://jmt17.google.com/fcm/send/x',
    'https://updates.push.services.mozilla.com/wpush/v2/x',
    'https://web.push.apple.com/x',
    'https://wns2-par02p.notify.windows.com/w/?token=x',
  ])('takes %s', (endpoint) => {
    expect(allowedEndpoint(endpoint, PUSH_HOSTS)).toBe(true)
  })

  it.each([
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com:8443/x',
    'https://user@fcm.googleapis.com/x',
    'https://user:secret@fcm.googleapis.com/x',
    'https://evil.fcm.googleapis.com/x',
    'https://fcm.googleapis.com.evil.example/x',
    'https://push.services.mozilla.com.evil.example/x',
    'https://evilpush.apple.com/x',
    'https://127.0.0.1/x',
    'https://127.1/x',
    'https://2130706433/x',
    'https://0x7f000001/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://10.0.0.1/x',
    'https://192.168.178.1/x',
    'https://169.254.169.254/latest/meta-data',
    'https://[fe80::1]/x',
    'https://[fd00::1]/x',
    'https://localhost/x',
    'https://fcm.googleapis.com./x',
    'https://fcm.googleapis.com:443/x',
    'https://fcm.googleapis.com:0/x',
    'https://fcm.googleapis.com:22/x',
    'https://fcm.googleapis.com:65536/x',
    'https://fcm.googleapis.com@127.0.0.1/x',
    'https://127.0.0.1#@fcm.googleapis.com/x',
    'https://127.0.0.1\\@fcm.googleapis.com/x',
    'https:\\\\fcm.googleapis.com\\x',
    'https:fcm.googleapis.com/x',
    ' https://fcm.googleapis.com/x',
    'https://fcm.goo\tgleapis.com/x',
    'https://FCM.googleapis.com/x',
    'https://ｆｃｍ.googleapis.com/x',
    'https://fcm。googleapis。com/x',
    'https://fсm.googleapis.com/x',
    'https://xn--fm-rlc.googleapis.com/x',
    'https://fcm.googleapis.com%2eevil.example/x',
    'https://.push.apple.com/x',
    'gopher://fcm.googleapis.com/x',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'no url',
  ])('refuses %s', (endpoint) => {
    expect(allowedEndpoint(endpoint, PUSH_HOSTS)).toBe(false)
  })

  it('takes another port or plain http only where the configuration names exactly that', () => {
    expect(allowedEndpoint('https://localhost:8443/x', ['localhost:8443'])).toBe(true)
    expect(allowedEndpoint('http://localhost:8443/x', ['localhost:8443'])).toBe(false)
    expect(allowedEndpoint('https://localhost:8444/x', ['localhost:8443'])).toBe(false)
    expect(allowedEndpoint('http://localhost:8099/x', ['http://localhost:8099'])).toBe(true)
    expect(allowedEndpoint('http://localhost:8098/x', ['http://localhost:8099'])).toBe(false)
  })
})

it('PUSH-5 only hosts that are named with a port or a scheme may be at an inner address', () => {
  expect(namedWithPort(PUSH_HOSTS)).toEqual(new Set())
  const named = namedWithPort([
    'push.example:8443',
    'http://localhost:8099',
    'http://127.0.0.1:1',
    'web.push.apple.com',
  ])
  expect(named).toEqual(new Set(['push.example', 'localhost', '127.0.0.1']))
})

describe('PUSH-5 keys', () => {
  const { keys } = createPhone('https://fcm.googleapis.com/x').device.subscription
  it('takes a point of the curve and sixteen bytes', () => {
    expect(validKeys(keys)).toBe(true)
  })
  it('refuses everything else', () => {
    const point = (first: number, length = 65) => Buffer.alloc(length, 7).fill(first, 0, 1).toString('base64url')
    expect(validKeys({ ...keys, p256dh: point(4) })).toBe(false)
    expect(validKeys({ ...keys, p256dh: point(3) })).toBe(false)
    expect(validKeys({ ...keys, p256dh: point(4, 64) })).toBe(false)
    expect(validKeys({ ...keys, auth: Buffer.alloc(15).toString('base64url') })).toBe(false)
  })
})
