/** One request to a homeserver. It never throws and never waits longer than its limit, whatever the other side does. */
import * as v from 'valibot'
import { parseOrNull } from '../core/parse.ts'

/** An answer of 2xx with JSON, a refusal, or silence (`status` 0). `errcode` null: it was no homeserver that refused. */
export type Answer = { ok: true; body: unknown } | Refusal
export interface Refusal {
  ok: false
  status: number
  errcode: string | null
  retry_after_ms?: number
}

export interface Place {
  homeserver: string
  access_token?: string
}
export interface Options {
  body?: unknown
  /** Gives up after this many ms; 15,000 unless told. */
  timeout?: number
  signal?: AbortSignal
}

/** A 2xx answer that is cut off or no JSON is silence, too: whether the request was carried out is not known. */
const SILENCE: Refusal = { ok: false, status: 0, errcode: null }
const TIMEOUT_MS = 15_000

const refusalBody = v.object({ errcode: v.string(), retry_after_ms: v.optional(v.pipe(v.number(), v.minValue(0))) })

/** Seconds or a date (RFC 9110); undefined when there is none, or it cannot be read. */
function retryAfter(header: string | null): number | undefined {
  if (!header) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

export async function request(
  { homeserver, access_token }: Place,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  { body, timeout = TIMEOUT_MS, signal }: Options = {},
): Promise<Answer> {
  const limit = AbortSignal.timeout(timeout)
  try {
    const response = await fetch(homeserver + path, {
      method,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      headers: {
        ...(access_token ? { authorization: `Bearer ${access_token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (response.ok) return { ok: true, body: (await response.json()) as unknown }
    const refused = parseOrNull(refusalBody, await response.json().catch(() => null))
    const wait = retryAfter(response.headers.get('retry-after')) ?? refused?.retry_after_ms
    return {
      ok: false,
      status: response.status,
      errcode: refused?.errcode ?? null,
      ...(wait === undefined ? {} : { retry_after_ms: wait }),
    }
  } catch {
    return SILENCE
  }
}

const enc = encodeURIComponent
export const V3 = '/_matrix/client/v3'
export const roomPath = (room: string, ...rest: string[]) => [V3, 'rooms', enc(room), ...rest.map(enc)].join('/')
export const userPath = (user: string, ...rest: string[]) => [V3, 'user', enc(user), ...rest.map(enc)].join('/')
