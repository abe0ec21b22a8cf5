/**
 * Calls the agency's own gateway for SMS or voice, signed as "Standard Webhooks" 1.0.0 says: HMAC-SHA256 over id, time and
 * body. The same id is the same matter, however often it comes.
 */
import { createHmac } from 'node:crypto'
import { outcomeOf, type Outcome } from './outcome.ts'

export interface WebhookSettings {
  url: string
  secret: Buffer
}

/** Never throws. */
export type Webhook = (id: string, body: string) => Promise<Outcome>

/** Gateways hand over to others before they answer, ms. */
const TIMEOUT = 15_000

export function webhook({ url, secret }: WebhookSettings, now: () => number): Webhook {
  return async (id, body) => {
    const timestamp = String(Math.floor(now() / 1000))
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    }
    try {
      const signal = AbortSignal.timeout(TIMEOUT)
      // Names do not go to wherever a redirect leads.
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
      await response.body?.cancel()
      return outcomeOf(response.status, response.headers.get('retry-after'), now())
    } catch (error) {
      const { name, cause } = error as Error
      return { kind: 'later', why: (cause as { code?: string } | undefined)?.code ?? name, retry_after_ms: 0 }
    }
  }
}
