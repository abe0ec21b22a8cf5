/** One push to one push service (RFC 8030), encrypted (RFC 8291) and signed (RFC 8292). */
import { Agent } from 'undici'
import webpush from 'web-push'
import type { Device } from '../../core/relay.ts'
import { allowedEndpoint, namedWithPort } from '../devices/subscription.ts'
import type { VapidPair } from '../keys.ts'
import { outcomeOf, type Outcome } from './outcome.ts'
import { publicLookup, type Resolve } from './resolve.ts'

export interface Message {
  payload: string
  urgency: 'high' | 'normal'
  /** At most 32 characters of base64url; a later message with the same topic replaces one not yet delivered. */
  topic: string | null
}

/** Never throws. `ttl` in seconds. */
export type Post = (subscription: Device['subscription'], message: Message, ttl: number) => Promise<Outcome>

export interface WebPush {
  post: Post
  /** Resolves when what was out has ended and no connection is left. */
  close(): Promise<void>
}

interface Settings {
  /** The present pair first. */
  vapid: { subject: string; keys: readonly [VapidPair, ...VapidPair[]] }
  pushHosts: readonly string[]
  now: () => number
  /** Tests resolve names themselves. */
  resolve?: Resolve
}

/** Of one push, connecting included, ms. */
const TIMEOUT = 10_000
/** A signature holds for twelve hours; a new one for every push would cost as much as the encryption, ms. */
const SIGNED_FOR = 6 * 3600_000
/** Push services close what is idle by themselves; an alert follows another one within minutes, ms. */
const KEEP_ALIVE = 60_000

/** Why a request came to nothing, in one word for the log: never the message, which may hold the endpoint. */
function whyOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name: string }
  return typeof code === 'string' ? code : name
}

/** Connections stay open between pushes; a push service that speaks HTTP/2 gets a hundred pushes over one. */
export function webPush({ vapid, pushHosts, now, resolve }: Settings): WebPush {
  const lookup = publicLookup(namedWithPort(pushHosts), resolve)
  const agent = new Agent({ keepAliveTimeout: KEEP_ALIVE, connect: { lookup, timeout: TIMEOUT, preferH2: true } })

  const signed = new Map<string, { header: string; at: number }>()

  /** Who we are, for one push service (RFC 8292). */
  function signatureFor(origin: string, { publicKey, privateKey }: VapidPair): string {
    const name = `${origin} ${publicKey}`
    const known = signed.get(name)
    if (known && now() - known.at < SIGNED_FOR) return known.header
    const made = webpush.getVapidHeaders(origin, vapid.subject, publicKey, privateKey, 'aes128gcm')
    signed.set(name, { header: made.Authorization, at: now() })
    return made.Authorization
  }

  async function send(url: URL, headers: Record<string, string>, body: Buffer | null): Promise<Outcome> {
    const { origin, pathname, search } = url
    const signal = AbortSignal.timeout(TIMEOUT)
    try {
      // A redirect would lead past the list of hosts; it is not followed and answered like any other refusal.
      const options = { origin, path: pathname + search, method: 'POST' as const, headers, body, signal }
      const response = await agent.request(options)
      await response.body.dump()
      const retryAfter = response.headers['retry-after']
      return outcomeOf(response.statusCode, typeof retryAfter === 'string' ? retryAfter : null, now())
    } catch (error) {
      return { kind: 'later', why: whyOf(error), retry_after_ms: 0 }
    }
  }

  /**
   * With each of the keys until one is good for the subscription, which a device of version 0.1 does not tell. What a push
   * service says to a wrong key is its own affair: the subscription has ended only if it says so to all (PUSH-6).
   */
  async function sendWithAny(keys: readonly VapidPair[], sendWith: (key: VapidPair) => Promise<Outcome>) {
    let refused: Outcome | null = keys.length ? null : { kind: 'refused', why: 'made for a VAPID key that is not here' }
    for (const key of keys) {
      const outcome = await sendWith(key)
      if (outcome.kind === 'taken' || outcome.kind === 'later') return outcome
      if (outcome.kind === 'refused') refused = outcome
    }
    return refused ?? { kind: 'gone' as const }
  }

  async function post(...[subscription, { payload, urgency, topic }, ttl]: Parameters<Post>): Promise<Outcome> {
    if (!allowedEndpoint(subscription.endpoint, pushHosts)) return { kind: 'refused', why: 'host not allowed' }
    const url = new URL(subscription.endpoint)
    let headers: Record<string, string>
    let body: Buffer | null
    try {
      const options = { TTL: ttl, urgency, contentEncoding: 'aes128gcm' as const, ...(topic === null ? {} : { topic }) }
      const request = webpush.generateRequestDetails(subscription, payload, options)
      headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      body = request.body
    } catch (error) {
      return { kind: 'refused', why: `cannot encrypt: ${(error as Error).message}` }
    }
    const keys = vapid.keys.filter((key) => (subscription.vapid ?? key.publicKey) === key.publicKey)
    return sendWithAny(keys, (key) => send(url, { ...headers, authorization: signatureFor(url.origin, key) }, body))
  }

  return { post, close: () => agent.close() }
}
