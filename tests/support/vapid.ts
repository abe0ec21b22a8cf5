/** Checks who sent a push, as a push service does (RFC 8292): the token is signed with the key subscribed with. */
import { createPublicKey, verify } from 'node:crypto'

interface Claims {
  aud?: string
  exp?: number
  sub?: string
}

const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown

function isSigned(token: string, point: string): boolean {
  const [head, claims, signature] = token.split('.')
  const bytes = Buffer.from(point, 'base64url')
  if (!head || !claims || !signature || bytes.length !== 65) return false
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map((b) => b.toString('base64url'))
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const raw = { key, dsaEncoding: 'ieee-p1363' } as const
  return verify('sha256', Buffer.from(`${head}.${claims}`), raw, Buffer.from(signature, 'base64url'))
}

/** Null when the `Authorization` header proves `key` for this service; else why not. */
export function vapidTrouble(header: string | undefined, key: string, audience: string, now: number): string | null {
  const [, t, k] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(header ?? '') ?? []
  if (!t || !k) return 'no "vapid t=…, k=…"'
  if (k !== key.replaceAll('=', '')) return 'another key than the one subscribed with'
  if (!isSigned(t, k)) return 'signature does not fit the key'
  const claims = json(t.split('.')[1]!) as Claims
  if (claims.aud !== audience) return `aud is ${claims.aud}, not ${audience}`
  const left = (claims.exp ?? 0) - now / 1000
  return left > 0 && left <= 86_400 ? null : 'exp is over, or more than a day away'
}
