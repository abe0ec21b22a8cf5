/** The relays over HTTP. Every request ends by a time limit; silence and refusal are values (docs/protocol.md). */
import type { GenericSchema, InferOutput } from 'valibot'
import { parseOrNull } from '../core/parse.ts'
import { deploymentSchema, newerDeployment, type Deployment } from '../core/deployment.ts'
import { fleetReply } from '../core/fleet.ts'
import { alarmReply } from '../core/last-resort.ts'
import type { AlarmFailure, Relays } from '../core/ports.ts'
import { reachReply } from '../core/reach.ts'
import { errorReply, sessionReply, statusSchema, testReply } from '../core/relay.ts'

const TIMEOUT = 8_000

export interface Answer {
  /** 0: no answer. */
  status: number
  body: unknown
}

export async function ask(
  url: string,
  init: RequestInit & { bearer?: string; timeout?: number } = {},
): Promise<Answer> {
  const { bearer, timeout = TIMEOUT, ...rest } = init
  const headers: Record<string, string> = rest.body ? { 'content-type': 'application/json' } : {}
  if (bearer) headers['authorization'] = `Bearer ${bearer}`
  try {
    const response = await fetch(url, { ...rest, headers, cache: 'no-store', signal: AbortSignal.timeout(timeout) })
    return { status: response.status, body: await response.json().catch(() => null) }
  } catch {
    return { status: 0, body: null }
  }
}

function read<S extends GenericSchema>(schema: S, answer: Answer): InferOutput<S> | null {
  return answer.status === 200 ? parseOrNull(schema, answer.body) : null
}

function whyNot({ status, body }: Answer): AlarmFailure {
  if (status === 0) return 'silent'
  if (status === 401) return 'signed_out'
  if (status === 403) return 'forbidden'
  // One of version 0.1 knows of no alarms.
  if (status === 404 || status === 429 || status >= 500) return 'later'
  return parseOrNull(errorReply, body)?.errcode === 'DE_NOTANKER_SITE_ANSWERS' ? 'answers' : 'refused'
}

const device = (url: string, id: string) => `${url}/v1/devices/${encodeURIComponent(id)}`

export const relays: Relays = {
  async status(url, timeout) {
    return read(statusSchema, await ask(`${url}/v1/status`, { timeout }))
  },
  async session(url, openid, id) {
    const body = JSON.stringify({ openid, device: id })
    return read(sessionReply, await ask(`${url}/v1/session`, { method: 'POST', body }))
  },
  async registerDevice(url, bearer, id, content) {
    const answer = await ask(device(url, id), { method: 'PUT', bearer, body: JSON.stringify(content) })
    switch (answer.status) {
      case 200:
        return 'registered'
      case 401:
        return 'stale_bearer'
      case 403:
        return 'refused'
      case 410:
        return 'ended'
      default:
        return 'failed'
    }
  },
  async removeDevice(url, bearer, id) {
    const answer = await ask(device(url, id), { method: 'DELETE', bearer })
    return answer.status === 200 || answer.status === 404
  },
  async test(url, bearer, id) {
    const answer = await ask(`${device(url, id)}/test`, { method: 'POST', bearer })
    const reply = read(testReply, answer)
    if (reply) return reply
    if (answer.status === 404) return { failure: 'unknown_device' }
    return { failure: answer.status === 0 ? 'offline' : 'push_refused' }
  },
  async alarm(url, bearer, alert) {
    const body = JSON.stringify({ v: 1, alert })
    const answer = await ask(`${url}/v1/alarms`, { method: 'POST', bearer, body })
    return read(alarmReply, answer) ?? { failure: whyNot(answer) }
  },
  async reach(url, bearer, alert) {
    return read(reachReply, await ask(`${url}/v1/reach/${encodeURIComponent(alert)}`, { bearer }))
  },
  async fleet(url, bearer) {
    return read(fleetReply, await ask(`${url}/v1/fleet`, { bearer }))
  },
}

/** The newest deployment file of all that can be had: the app's own address may be a copy that the worker has kept. */
export async function loadDeployment(urls: string[]): Promise<Deployment | 'unreadable' | null> {
  const answers = await Promise.all(urls.map((url) => ask(url)))
  const newest = answers.map((answer) => read(deploymentSchema, answer)).reduce(newerDeployment, null)
  return newest ?? (answers.some(({ status }) => status !== 0) ? 'unreadable' : null)
}
