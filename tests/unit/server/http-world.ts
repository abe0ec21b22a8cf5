/** A relay's HTTP interface with nothing behind it: what it was asked to do, and what it says. */
import type { PersonId } from '../../../src/core/ids.ts'
import { PUSH_HOSTS } from '../../../src/server/config.ts'
import { rememberEnded } from '../../../src/server/devices/ended.ts'
import type { RegisteredDevice } from '../../../src/server/devices/register.ts'
import { createApp } from '../../../src/server/http/app.ts'
import { sign } from '../../../src/server/http/bearer.ts'
import { Refusal, unavailable } from '../../../src/server/http/errors.ts'
import type { OpenIdToken } from '../../../src/server/http/openid.ts'
import type { Outcome } from '../../../src/server/push/outcome.ts'
import { reachLog } from '../../../src/server/push/reach-log.ts'
import { sentLog } from '../../../src/server/push/sent-log.ts'
import { openStore } from '../../../src/server/store.ts'
import { deploymentOf, person, silentLog } from '../../fakes/agency.ts'
import { memoryRegister } from '../../fakes/device-register.ts'
import { createPhone } from '../../fakes/phone.ts'

export const NOW = 1_800_000_000_000
export const key = Buffer.alloc(32, 7)
export const APP = 'https://app.example'

export function setUp(witness = false) {
  const state = { now: NOW, healthy: true, outcome: { kind: 'taken' } as Outcome, fail: null as Error | null }
  const register = rememberEnded(memoryRegister())
  const db = openStore(null)
  const posts: { payload: unknown; ttl: number; endpoint: string }[] = []
  const registered: RegisteredDevice[] = []
  const taken: unknown[] = []
  const raised: unknown[] = []
  const now = () => state.now
  const logged: unknown[] = []
  const log = { ...silentLog, error: (...args: unknown[]) => void logged.push(args) }
  const site = {
    deployment: () => deploymentOf(),
    register,
    registered: (device: RegisteredDevice) => void registered.push(device),
    leavers: { has: (one: string) => one === 'gone' },
    post: async (subscription: { endpoint: string }, message: { payload: string }, ttl: number) => {
      posts.push({ payload: JSON.parse(message.payload), ttl, endpoint: subscription.endpoint })
      return state.outcome
    },
    knowledge: {
      rooms: () => [],
      people: () => new Set<PersonId>(),
      audience: () => new Set<PersonId>(),
      alerts: () => [],
    },
    sent: sentLog(db),
    reach: reachLog(db),
    pushHosts: PUSH_HOSTS,
    sessionKey: key,
    behindProxy: true,
    now,
    check: async ({ access_token }: OpenIdToken) => {
      if (access_token === 'away') throw unavailable('away')
      if (access_token !== 'good') throw new Refusal(401, 'M_UNKNOWN_TOKEN', 'no')
      return person('anna')
    },
    alarms: { raise: (by: string, alert: { id: string }) => raised.push([by, alert.id]) && NOW },
    collector: {
      register: async (by: string, responses: readonly { id: string }[]) => {
        if (state.fail) throw state.fail
        taken.push([by, responses])
        return { registered: responses.map((r) => r.id), refused: [] }
      },
    },
  }
  const status = () => ({
    v: 1 as const,
    relay: 'a',
    at: NOW,
    epoch: 0,
    sites: {},
    verdict: {},
    active_site: null,
    active_since: null,
    exercise: false,
    sent: [],
    observed: [],
    refused_file: null,
  })
  const ports = { deployment: site.deployment, status, peers: () => [], healthy: () => state.healthy, log }
  const app = createApp({ ...ports, site: witness ? null : site })
  const bearer = (name = 'anna', expires = NOW + 1000) =>
    `Bearer ${sign(key, { person: person(name), device: 'phone', expires })}`
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const response = await app.request(path, { method, headers, ...(text === undefined ? {} : { body: text }) })
    const raw = await response.text()
    return { status: response.status, headers: response.headers, json: raw ? (JSON.parse(raw) as never) : null }
  }
  const as = (name: string) => ({ authorization: bearer(name) })
  return { app, state, register, registered, posts, taken, raised, logged, call, as, bearer }
}
export const phone = (endpoint = 'https://fcm.googleapis.com/fcm/send/x') => createPhone(endpoint).device
