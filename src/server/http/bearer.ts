/**
 * The bearer of a session: who, on which device, until when, signed by HMAC-SHA256 (RFC 2104) with the key that all
 * relays of the deployment share, so that any of them takes what another gave. `base64url(json).base64url(mac)`.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { personId, timestamp, type PersonId } from '../../core/ids.ts'
import { parseJson } from '../../core/parse.ts'

const claims = v.object({ v: v.literal(1), person: personId, device: v.string(), expires: timestamp })

export interface Claims {
  person: PersonId
  device: string
  /** ms */
  expires: number
}

/** How long a bearer holds, ms. */
export const BEARER_LIFE = 30 * 24 * 3600_000

const mac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

export function sign(key: Buffer, { person, device, expires }: Claims): string {
  const body = Buffer.from(JSON.stringify({ v: 1, person, device, expires })).toString('base64url')
  return `${body}.${mac(key, body).toString('base64url')}`
}

/** The claims of a bearer; null if it is not ours, was changed, or is over. Compares in constant time. */
export function verify(key: Buffer, bearer: string, now: number): Claims | null {
  const [body, signature, ...rest] = bearer.split('.')
  if (!body || !signature || rest.length) return null
  const given = Buffer.from(signature, 'base64url')
  const expected = mac(key, body)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  const parsed = parseJson(claims, Buffer.from(body, 'base64url').toString('utf8'))
  if (!parsed.ok || parsed.value.expires <= now) return null
  return parsed.value
}
