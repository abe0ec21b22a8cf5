/** Takes answers to a relay: that of the site in use, else the next one (ANSWER-2). */
import type { Registration, ResponseGate } from '../core/sending.ts'
import type { Failure, RefuseReason } from '../core/outbox.ts'
import { parseOrNull } from '../core/parse.ts'
import { ALERT_MEMORY, errorReply, responsesReply, type ResponsesReply } from '../core/relay.ts'
import type { Response } from '../core/response.ts'
import type { SiteId } from '../core/ids.ts'
import type { RelayAccess } from '../core/ports.ts'
import { ask, type Answer } from './relays.ts'

type Refused = ResponsesReply['refused'][number]['reason']
const REFUSALS: Record<Refused, RefuseReason> = {
  unknown_alert: 'unknown_alert',
  not_in_audience: 'forbidden',
  unknown_key: 'invalid',
}

/**
 * What a person has answered they have seen, so a relay that does not know it has yet to hear of it; but once relays
 * forget, which is at the latest a week after the answer, none ever will (ANSWER-11).
 */
function refusal(reason: Refused, { at }: Response, now: number): Failure {
  if (reason === 'unknown_alert' && now - at <= ALERT_MEMORY) return { fate: 'wait', reason: 'server' }
  return { fate: 'refuse', reason: REFUSALS[reason] }
}

function failureOf(answer: Answer): Failure {
  if (answer.status === 0) return { fate: 'wait', reason: 'network' }
  if (answer.status === 401) return { fate: 'wait', reason: 'signed_out' }
  if (answer.status === 400 || answer.status === 413) return { fate: 'refuse', reason: 'invalid' }
  const retry_after_ms = parseOrNull(errorReply, answer.body)?.retry_after_ms
  return {
    fate: 'wait',
    reason: answer.status === 429 ? 'busy' : 'server',
    ...(retry_after_ms ? { retry_after_ms } : {}),
  }
}

function results(site: SiteId, responses: Response[], reply: ResponsesReply, now: number): Registration[] {
  const registered = new Set(reply.registered)
  const refused = new Map(reply.refused.map((r) => [r.id, r.reason]))
  return responses.map((response): Registration => {
    const { id } = response
    if (registered.has(id)) return { id, site }
    const reason = refused.get(id)
    if (reason) return { id, failure: refusal(reason, response, now) }
    return { id, failure: { fate: 'wait', reason: 'server' } }
  })
}

/** `relays` in the order to try. Whoever has no bearer need not be signed out: offline nobody gives one. */
export function responseGate(
  relays: () => { site: SiteId; url: string }[],
  { bearer, reason }: RelayAccess,
  now: () => number = Date.now,
): ResponseGate {
  async function register(responses: Response[]): Promise<Registration[]> {
    const body = JSON.stringify({ v: 1, responses })
    let token = await bearer()
    let failure: Failure = { fate: 'wait', reason: token ? 'network' : await reason() }
    for (const { site, url } of relays()) {
      if (!token) break
      const post = (by: string) => ask(`${url}/v1/responses`, { method: 'POST', bearer: by, body })
      let answer = await post(token)
      if (answer.status === 401 && (token = await bearer(token))) answer = await post(token)
      const reply = answer.status === 200 ? parseOrNull(responsesReply, answer.body) : null
      if (reply) return results(site, responses, reply, now())
      failure = token ? failureOf(answer) : { fate: 'wait', reason: await reason() }
      if (failure.fate === 'refuse') break
    }
    // One response that no relay can read must not take the others with it.
    if (failure.fate === 'refuse' && responses.length > 1)
      return (await Promise.all(responses.map((response) => register([response])))).flat()
    return responses.map(({ id }) => ({ id, failure }))
  }
  return { register }
}
