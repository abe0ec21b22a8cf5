import { describe, expect, it } from 'vitest'
import { PUSH_HOSTS } from '../../../src/server/config.ts'
import { allowedEndpoint, validKeys } from '../../../src/server/devices/subscription.ts'
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
    'https://[::1]/x',
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
