/** A phone's end of Web Push: makes a subscription and reads what is encrypted to it (RFC 8291, RFC 8188 with one record). */
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'
import type { Device } from '../../src/core/relay.ts'

const hkdf = (secret: Buffer, salt: Buffer, info: Buffer, length: number) =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length))

export function createPhone(endpoint: string, changes: Partial<Device> = {}) {
  const keys = createECDH('prime256v1')
  const own = keys.generateKeys()
  const auth = randomBytes(16)
  const device: Device = {
    v: 1,
    subscription: { endpoint, keys: { p256dh: own.toString('base64url'), auth: auth.toString('base64url') } },
    platform: 'android',
    lang: 'de',
    app_version: '1',
    expired: [],
    muted: [],
    ...changes,
  }

  /** The JSON inside the body of a push message. */
  function read(body: Buffer): unknown {
    const salt = body.subarray(0, 16)
    const length = body[20]!
    const sender = body.subarray(21, 21 + length)
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), own, sender])
    const secret = hkdf(keys.computeSecret(sender), auth, info, 32)
    const key = hkdf(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
    const nonce = hkdf(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
    const record = body.subarray(21 + length)
    const open = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(record.subarray(-16))
    const plain = Buffer.concat([open.update(record.subarray(0, -16)), open.final()])
    return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString())
  }
  return { device, read }
}
