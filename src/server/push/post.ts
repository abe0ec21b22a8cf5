/** One push to one push service (RFC 8030), encrypted (RFC 8291) and signed (RFC 8292). */
import webpush from 'web-push'
import type { Device } from '../../core/relay.ts'
import { allowedEndpoint } from '../devices/subscription.ts'
import { outcomeOf, type Outcome } from './outcome.ts'

export interface Message {
  payload: string
  urgency: 'high' | 'normal'
  /** At most 32 characters of base64url; a later message with the same topic replaces one not yet delivered. */
  topic: string | null
}

/** Never throws. `ttl` in seconds. */
export type Post = (subscription: Device['subscription'], message: Message, ttl: number) => Promise<Outcome>

interface Settings {
  vapid: { subject: string; publicKey: string; privateKey: string }
  pushHosts: readonly string[]
  now: () => number
}

const TIMEOUT = 10_000

export function webPush({ vapid, pushHosts, now }: Settings): Post {
  return async (subscription, { payload, urgency, topic }, ttl) => {
    if (!allowedEndpoint(subscription.endpoint, pushHosts)) return { kind: 'refused', why: 'host not allowed' }
    let request: ReturnType<typeof webpush.generateRequestDetails>
    try {
      const options = { vapidDetails: vapid, TTL: ttl, urgency, contentEncoding: 'aes128gcm' as const }
      request = webpush.generateRequestDetails(subscription, payload, topic === null ? options : { ...options, topic })
    } catch (error) {
      return { kind: 'refused', why: `cannot encrypt: ${(error as Error).message}` }
    }
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    try {
      const signal = AbortSignal.timeout(TIMEOUT)
      // A redirect would lead past the list of hosts; it is answered like any other refusal.
      const body = new Uint8Array(request.body ?? [])
      const response = await fetch(request.endpoint, { method: 'POST', headers, body, redirect: 'manual', signal })
      await response.arrayBuffer()
      return outcomeOf(response.status, response.headers.get('retry-after'), now())
    } catch (error) {
      return { kind: 'later', why: (error as Error).name, retry_after_ms: 0 }
    }
  }
}
