/** What is asked of single rooms. Null or nothing when the homeserver did not say. */
import * as v from 'valibot'
import { readRoomEvent, TYPE, type RoomEvent } from '../core/event.ts'
import { eventId, type RoomId } from '../core/ids.ts'
import { parseOrNull } from '../core/parse.ts'
import type { Account, Connection, Matrix } from '../core/ports.ts'
import { failureOf } from './failure.ts'
import { request, roomPath, userPath, type Options } from './request.ts'

const SEND_MS = 20_000
const MEMBERS_MS = 30_000

const content = v.record(v.string(), v.unknown())
const membersBody = v.object({ chunk: v.array(v.unknown()) })
const sentBody = v.object({ event_id: eventId })

export const members: Matrix['members'] = async (account, room) => {
  const answer = await request(account, 'GET', `${roomPath(room, 'members')}?membership=join`, { timeout: MEMBERS_MS })
  const body = answer.ok ? parseOrNull(membersBody, answer.body) : null
  return body && body.chunk.flatMap((raw) => readRoomEvent(room, raw) ?? [])
}

export const stateEvent: Matrix['stateEvent'] = async (account, room, type, key) => {
  const answer = await request(account, 'GET', roomPath(room, 'state', type, key))
  return answer.ok ? parseOrNull(content, answer.body) : null
}

/**
 * The creation of a room, which says who stands above every level in it (ROOM-4). A sync that names rooms leaves it
 * out: Synapse compares the names with the `room_id` of events, and a creation of version 12 has none.
 */
export async function creation(account: Account, room: RoomId, options?: Options): Promise<RoomEvent | null> {
  const answer = await request(account, 'GET', `${roomPath(room, 'state', 'm.room.create', '')}?format=event`, options)
  return answer.ok ? readRoomEvent(room, answer.body) : null
}

/** The browser knows of no network at all. That it knows of one says nothing. */
const isCut = () => navigator.onLine === false

export async function send(
  account: Account,
  signal: AbortSignal,
  ...[room, type, body, txn, state_key]: Parameters<Connection['send']>
): ReturnType<Connection['send']> {
  const cut = isCut()
  const path = state_key === undefined ? roomPath(room, 'send', type, txn) : roomPath(room, 'state', type, state_key)
  const answer = await request(account, 'PUT', path, { body, signal, timeout: SEND_MS })
  if (!answer.ok && answer.status === 0 && cut && isCut())
    return { failure: { fate: 'wait', reason: 'network', unsent: true } }
  if (!answer.ok) return { failure: failureOf(answer) }
  return parseOrNull(sentBody, answer.body) ?? { failure: { fate: 'wait', reason: 'network' } }
}

export async function tellRead(
  account: Account,
  signal: AbortSignal,
  ...[room, at]: Parameters<Connection['tellRead']>
): ReturnType<Connection['tellRead']> {
  const path = userPath(account.user, 'account_data', `${TYPE.read}.${room}`)
  const answer = await request(account, 'PUT', path, { body: { v: 1, at }, signal })
  return answer.ok ? null : failureOf(answer)
}

export async function has(
  account: Account,
  signal: AbortSignal,
  ...[room, event_id]: Parameters<Connection['has']>
): ReturnType<Connection['has']> {
  const answer = await request(account, 'GET', roomPath(room, 'event', event_id), { signal })
  if (answer.ok) return parseOrNull(sentBody, answer.body) ? true : null
  return answer.status === 404 && answer.errcode === 'M_NOT_FOUND' ? false : null
}

const PAGE = 100
const pageBody = v.object({ chunk: v.array(v.unknown()), end: v.optional(v.string()) })

/** A page back through what `senders` have sent, which the homeserver picks out. */
export async function find(
  account: Account,
  signal: AbortSignal,
  ...[senders, room, type, client_id, since, from]: Parameters<Connection['find']>
): ReturnType<Connection['find']> {
  const filter = encodeURIComponent(JSON.stringify({ senders, types: [type] }))
  const before = from === undefined ? '' : `&from=${encodeURIComponent(from)}`
  const query = `dir=b&limit=${PAGE}&filter=${filter}${before}`
  const answer = await request(account, 'GET', `${roomPath(room, 'messages')}?${query}`, { signal })
  if (!answer.ok) return { failure: failureOf(answer) }
  const page = parseOrNull(pageBody, answer.body)
  if (!page) return { failure: { fate: 'wait', reason: 'server' } }
  const events = page.chunk.flatMap((raw) => readRoomEvent(room, raw) ?? [])
  const found = events.find((e) => e.content[TYPE.clientId] === client_id)
  if (found) return { event_id: found.event_id }
  const { end } = page
  return end === undefined || end === from || events.some((e) => e.origin_server_ts < since) ? 'absent' : { from: end }
}
