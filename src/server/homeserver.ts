/** Matrix by fetch: what relays and provisioning need of a homeserver. Source: Matrix client-server API v1.12. */
import { readRoomEvent, type RoomEvent } from '../core/event.ts'
import type { EventId, RoomId, UserId } from '../core/ids.ts'

/** A homeserver's refusal, or its silence (`status` 0). */
export class HomeserverError extends Error {
  readonly status: number
  readonly errcode: string
  readonly retry_after_ms: number | undefined
  constructor(what: string, status: number, body: Record<string, unknown>) {
    const errcode = typeof body['errcode'] === 'string' ? body['errcode'] : 'M_UNKNOWN'
    super(`${what}: ${status} ${errcode} ${typeof body['error'] === 'string' ? body['error'] : ''}`.trim())
    this.name = 'HomeserverError'
    this.status = status
    this.errcode = errcode
    this.retry_after_ms = typeof body['retry_after_ms'] === 'number' ? body['retry_after_ms'] : undefined
  }
}

export interface RequestOptions {
  body?: unknown
  token?: string | undefined
  /** Gives up after this many ms; 15,000 unless told. */
  timeout?: number
  signal?: AbortSignal
}

/** One request; the parsed JSON object of a 2xx answer. Throws HomeserverError for everything else. */
export async function request(
  base: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { body, token, timeout = 15_000, signal }: RequestOptions = {},
): Promise<Record<string, unknown>> {
  const what = `${method} ${path.split('?')[0]}`
  const limit = AbortSignal.timeout(timeout)
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (token) headers['authorization'] = `Bearer ${token}`
  let response: Response
  try {
    response = await fetch(base + path, {
      method,
      headers,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    throw Object.assign(new HomeserverError(what, 0, { error: String(cause) }), { cause })
  }
  const answer: unknown = await response.json().catch(() => ({}))
  const json = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  if (!response.ok) throw new HomeserverError(what, response.status, json)
  return json
}

const enc = encodeURIComponent
const room = (id: RoomId) => `/_matrix/client/v3/rooms/${enc(id)}`

/** One account at one homeserver. Every method throws HomeserverError. */
export class Homeserver {
  readonly base: string
  readonly token: string
  constructor(base: string, token: string) {
    this.base = base
    this.token = token
  }

  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, options: Omit<RequestOptions, 'token'> = {}) {
    return request(this.base, method, path, { ...options, token: this.token })
  }

  async whoami(): Promise<UserId> {
    return (await this.call('GET', '/_matrix/client/v3/account/whoami'))['user_id'] as UserId
  }

  async joinedRooms(): Promise<RoomId[]> {
    return (await this.call('GET', '/_matrix/client/v3/joined_rooms'))['joined_rooms'] as RoomId[]
  }

  /** Sends an event; the same `txn` twice is one event (for 24 h). */
  async send(id: RoomId, type: string, content: object, txn: string): Promise<EventId> {
    const answer = await this.call('PUT', `${room(id)}/send/${enc(type)}/${enc(txn)}`, { body: content })
    return answer['event_id'] as EventId
  }

  async setState(id: RoomId, type: string, key: string, content: object): Promise<EventId> {
    const answer = await this.call('PUT', `${room(id)}/state/${enc(type)}/${enc(key)}`, { body: content })
    return answer['event_id'] as EventId
  }

  /** All current state of a room. */
  async state(id: RoomId): Promise<RoomEvent[]> {
    const answer: unknown = await this.call('GET', `${room(id)}/state`)
    return (answer as unknown[]).flatMap((raw) => readRoomEvent(id, raw) ?? [])
  }

  join(id: RoomId, via: string[]): Promise<Record<string, unknown>> {
    const query = via.map((s) => `via=${enc(s)}`).join('&')
    return this.call('POST', `/_matrix/client/v3/join/${enc(id)}?${query}`, { body: {} })
  }

  invite(id: RoomId, user_id: UserId): Promise<Record<string, unknown>> {
    return this.call('POST', `${room(id)}/invite`, { body: { user_id } })
  }
}
