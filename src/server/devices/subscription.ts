/** Which push subscriptions a relay takes. Whoever registers one makes the relay POST to it, so hosts are allow-listed (PUSH-5). */
import { ECDH } from 'node:crypto'
import type { Device } from '../../core/relay.ts'

const isBelow = (hostname: string, domain: string): boolean =>
  hostname.endsWith(domain) && hostname.length > domain.length

/**
 * Whether a relay may post to this endpoint: https without credentials, a known push service, port 443. A pattern with
 * a port (`host:8443`) allows exactly that one; one with a scheme (`http://localhost:8099`) exactly that origin, for tests.
 */
export function allowedEndpoint(endpoint: string, patterns: readonly string[]): boolean {
  if (!URL.canParse(endpoint)) return false
  const url = new URL(endpoint)
  // Browsers give the canonical form. Anything else could be read in two ways: one here, another one where it is sent.
  if (url.href !== endpoint || url.username || url.password) return false
  if (patterns.includes(url.origin)) return true
  if (url.protocol !== 'https:') return false
  if (patterns.includes(`${url.hostname}:${url.port || '443'}`)) return true
  if (url.port !== '') return false
  return patterns.some((p) => (p.startsWith('*.') ? isBelow(url.hostname, p.slice(1)) : url.hostname === p))
}

const originOf = (pattern: string): string =>
  pattern.includes('://') ? pattern : `https://${pattern.replace(/^\*\./, '')}`

/** Whether a pattern of the configuration can name anything. */
export const isHostPattern = (pattern: string): boolean => URL.canParse(originOf(pattern))

/** Hosts of the patterns with a port or a scheme: a push service of the operator's own, perhaps at an inner address. */
export const namedWithPort = (patterns: readonly string[]): Set<string> =>
  new Set(patterns.filter((p) => p.includes(':')).map((p) => new URL(originOf(p)).hostname))

/** Whether the keys are what RFC 8291 (section 3.1) says: a point of P-256, uncompressed, and 16 bytes of secret. */
export function validKeys({ p256dh, auth }: Device['subscription']['keys']): boolean {
  const point = Buffer.from(p256dh, 'base64url')
  if (point.length !== 65 || point[0] !== 4 || Buffer.from(auth, 'base64url').length !== 16) return false
  try {
    ECDH.convertKey(point, 'prime256v1')
    return true
  } catch {
    // Not on the curve: nothing could ever be encrypted to it.
    return false
  }
}
