/** Matrix by fetch: what relays and provisioning need of a homeserver. Source: Matrix client-server API v1.12. */
import { readRoomEvent, type RoomEvent } from '../core/event.ts'
import type { EventId, RoomId, UserId } from '../core/ids.ts'

/** A homeserver's refusal, or its silence (`status` 0). */
export class HomeserverError extends Error {
  readonly status: number
  readonly errcode: string
  readonly retry_after_ms: number | undefined
  /** What it said, whole; empty for a silence. */
  readonly body: Readonly<Record<string, unknown>>
  constructor(what: string, status: number, body: Record<string, unknown>) {
    const errcode = typeof body['errcode'] === 'string' ? body['errcode'] : 'M_UNKNOWN'
    super(`${what}: ${status} ${errcode} ${typeof body['error'] === 'string' ? body['error'] : ''}`.trim())
    this.name = 'HomeserverError'
    this.status = status
    this.errcode = errcode
    this.body = body
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
  const answer: unknown = await response.json().catch(() => null)
  const json = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : null
  if (!response.ok) throw new HomeserverError(what, response.status, json ?? {})
  // A cut or foreign answer is silence: whether the request was carried out is not known.
  if (!json) throw new HomeserverError(what, 0, { error: 'the answer is no JSON' })
  return json
}

/** What a first sync may take, and any other one beyond the time it was asked to wait, ms. */
const FIRST_SYNC = 120_000
const SYNC_SLACK = 10_000

const enc = encodeURIComponent
const ownData = (user: UserId, type: string) => `/_matrix/client/v3/user/${enc(user)}/account_data/${enc(type)}`
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

  /** The device that the token belongs to; null: it has none, as tokens made by an admin. */
  async device(timeout: number): Promise<string | null> {
    const { device_id } = await this.call('GET', '/_matrix/client/v3/account/whoami', { timeout })
    return typeof device_id === 'string' ? device_id : null
  }

  /** Sends a message past all rooms to one device; it is gone when that device has synced on. */
  async sendToDevice(
    type: string,
    user: UserId,
    device: string,
    content: object,
    txn: string,
    timeout: number,
  ): Promise<void> {
    const body = { messages: { [user]: { [device]: content } } }
    await this.call('PUT', `/_matrix/client/v3/sendToDevice/${enc(type)}/${enc(txn)}`, { body, timeout })
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

  /** One state event with its id and sender; null when the room has none. */
  async stateEvent(id: RoomId, type: string, key = ''): Promise<RoomEvent | null> {
    try {
      const path = `${room(id)}/state/${enc(type)}/${enc(key)}?format=event`
      return readRoomEvent(id, await this.call('GET', path))
    } catch (error) {
      if (error instanceof HomeserverError && error.status === 404) return null
      throw error
    }
  }

  /** Stores a sync filter; the id to sync with. Inline filters break between 200 and 300 rooms. */
  async createFilter(user: UserId, filter: object): Promise<string> {
    const answer = await this.call('POST', `/_matrix/client/v3/user/${enc(user)}/filter`, { body: filter })
    return answer['filter_id'] as string
  }

  /** The raw answer of `/sync`, asked to wait `wait` ms for something new. Ends early by `signal`. */
  sync(filter: string, since: string | null, wait: number, signal: AbortSignal): Promise<Record<string, unknown>> {
    const position = since === null ? '' : `&since=${enc(since)}`
    const query = `filter=${enc(filter)}&timeout=${wait}&set_presence=offline${position}`
    const timeout = since === null ? FIRST_SYNC : wait + SYNC_SLACK
    return this.call('GET', `/_matrix/client/v3/sync?${query}`, { signal, timeout })
  }

  /** A page of a room's past, newest first; `end` null: its beginning was reached. */
  async messages(
    id: RoomId,
    from: string | null,
    types: string[],
  ): Promise<{ events: RoomEvent[]; end: string | null }> {
    const start = from === null ? '' : `&from=${enc(from)}`
    const query = `dir=b&limit=100&filter=${enc(JSON.stringify({ types }))}${start}`
    const answer = await this.call('GET', `${room(id)}/messages?${query}`)
    const chunk = Array.isArray(answer['chunk']) ? (answer['chunk'] as unknown[]) : []
    const end = answer['end']
    return { events: chunk.flatMap((raw) => readRoomEvent(id, raw) ?? []), end: typeof end === 'string' ? end : null }
  }

  /** What the account has put by for itself, in no room; null: nothing of that type. */
  async accountData(user: UserId, type: string, signal: AbortSignal): Promise<Record<string, unknown> | null> {
    try {
      return await this.call('GET', ownData(user, type), { signal })
    } catch (error) {
      if (error instanceof HomeserverError && error.status === 404 && error.errcode === 'M_NOT_FOUND') return null
      throw error
    }
  }

  async setAccountData(user: UserId, type: string, content: object, signal: AbortSignal): Promise<void> {
    await this.call('PUT', ownData(user, type), { body: content, signal })
  }

  join(id: RoomId, via: string[]): Promise<Record<string, unknown>> {
    const query = via.map((s) => `via=${enc(s)}`).join('&')
    return this.call('POST', `/_matrix/client/v3/join/${enc(id)}?${query}`, { body: {} })
  }

  invite(id: RoomId, user_id: UserId): Promise<Record<string, unknown>> {
    return this.call('POST', `${room(id)}/invite`, { body: { user_id } })
  }
}
