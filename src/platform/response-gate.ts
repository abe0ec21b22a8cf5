/** Takes answers to a relay: that of the site in use, else the next one (ANSWER-2). */
import type { Registration, ResponseGate } from '../core/drain.ts'
import type { Failure, RefuseReason } from '../core/outbox.ts'
import { parseOrNull } from '../core/parse.ts'
import { errorReply, responsesReply, type ResponsesReply } from '../core/relay.ts'
import type { Response } from '../core/response.ts'
import type { SiteId } from '../core/ids.ts'
import type { RelayAccess } from '../core/ports.ts'
import { ask, type Answer } from './relays.ts'

const REFUSALS: Record<string, RefuseReason> = {
  unknown_alert: 'unknown_alert',
  not_in_audience: 'forbidden',
  unknown_key: 'invalid',
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

function results(site: SiteId, responses: Response[], reply: ResponsesReply): Registration[] {
  const registered = new Set(reply.registered)
  const refused = new Map(reply.refused.map((r) => [r.id, r.reason]))
  return responses.map(({ id }): Registration => {
    if (registered.has(id)) return { id, site }
    const reason = refused.get(id)
    if (reason) return { id, failure: { fate: 'refuse', reason: REFUSALS[reason] ?? 'invalid' } }
    return { id, failure: { fate: 'wait', reason: 'server' } }
  })
}

/** `relays` in the order to try. Whoever has no bearer need not be signed out: offline nobody gives one. */
export function responseGate(
  relays: () => { site: SiteId; url: string }[],
  { bearer, reason }: RelayAccess,
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
      if (reply) return results(site, responses, reply)
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
