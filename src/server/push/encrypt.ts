/** Encrypts a push message for one subscription, as one record. Source: RFC 8291, section 3; RFC 8188, section 2. */
import { createCipheriv, createECDH, createSecretKey, hkdfSync, randomBytes, type ECDH } from 'node:crypto'
import type { Device } from '../../core/relay.ts'

const KEY = 'Content-Encoding: aes128gcm\0'
const NONCE = 'Content-Encoding: nonce\0'
const INFO = Buffer.from('WebPush: info\0')
/** Ends the last record. */
const END = Buffer.from([2])
/** Size of a record, which is more than any message has; length of the key that follows. */
const SIZES = Buffer.from([0, 0, 0x10, 0, 65])

interface Sender {
  pair: ECDH
  point: Buffer
}

/** Node takes bytes for a key, too, but that costs it more than the cryptography. */
const derive = (secret: Buffer, salt: Buffer, info: Buffer | string, length: number) =>
  Buffer.from(hkdfSync('sha256', createSecretKey(secret), salt, info, length))

/** Every message has a pair of its own. */
function freshSender(): Sender {
  const pair = createECDH('prime256v1')
  return { point: pair.generateKeys(), pair }
}

/** The body of the request. Throws when the keys are none. Tests choose what is random. */
export function encrypt(
  { p256dh, auth }: Device['subscription']['keys'],
  plain: Buffer,
  { pair, point }: Sender = freshSender(),
  salt = randomBytes(16),
): Buffer {
  const theirs = Buffer.from(p256dh, 'base64url')
  const info = Buffer.concat([INFO, theirs, point])
  const secret = derive(pair.computeSecret(theirs), Buffer.from(auth, 'base64url'), info, 32)
  const cipher = createCipheriv(
    'aes-128-gcm',
    createSecretKey(derive(secret, salt, KEY, 16)),
    derive(secret, salt, NONCE, 12),
  )
  const sealed = [cipher.update(plain), cipher.update(END), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat([salt, SIZES, point, ...sealed])
}
