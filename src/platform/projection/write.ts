/** Writes rows, and lets go of old ones in the same transaction (SYNC-12). */
import type { IDBPTransaction } from 'idb'
import { TYPE, type RoomEvent } from '../../core/event.ts'
import type { RoomId } from '../../core/ids.ts'
import { keptState } from '../../core/position.ts'
import { laterRead } from '../../core/read-position.ts'
import { isLetGo } from '../../core/retention.ts'
import { stateKey } from '../../core/room.ts'
import { bound, LET_GO, note } from './let-go.ts'
import { allOf, kindOf, readPosition, rowOf } from './rows.ts'
import type { Schema } from './schema.ts'

export const WRITTEN = ['timeline', 'state', 'positions', 'read', 'meta', 'let_go'] as const
export type Tx = IDBPTransaction<Schema, typeof WRITTEN, 'readwrite'>

const isEmpty = (content: object) => Object.keys(content).length === 0

/** An event that was taken back stays as a place without content. Rooms of version 11 and later; older ones: at the next first sync. */
async function takeBack(tx: Tx, { room_id, type, content }: RoomEvent): Promise<void> {
  const id = type === 'm.room.redaction' ? content['redacts'] : null
  const row = typeof id === 'string' ? await tx.objectStore('timeline').get(id) : undefined
  if (row?.room_id === room_id) await tx.objectStore('timeline').put({ ...row, content: {} })
}

export async function putTimeline(tx: Tx, room: RoomId, events: readonly RoomEvent[]): Promise<void> {
  if (!events.length) return
  const timeline = tx.objectStore('timeline')
  const kind = await kindOf(tx.objectStore('state'), room)
  const [messages = 0, others = 0] = await Promise.all(LET_GO.map((rows) => tx.objectStore('let_go').get([room, rows])))
  for (const event of events) {
    const row = rowOf(event, kind)
    if (isLetGo(row.class) && event.origin_server_ts <= (row.class === 'message' ? messages : others)) continue
    const before = await timeline.get(event.event_id)
    // Another site may not have heard yet that it was taken back.
    if (!before || !isEmpty(before.content)) await timeline.put(row)
  }
  for (const event of events) await takeBack(tx, event)
  await note(tx, await bound(tx, room))
}

/** A first sync, too, says of what has changed in it first what was before. */
export async function putState(
  tx: Tx,
  events: readonly RoomEvent[],
  from: 'start' | 'copy' | 'on' = 'on',
): Promise<void> {
  const state = tx.objectStore('state')
  const said = new Set<string>()
  for (const e of events) {
    const key = stateKey(e.type, e.state_key)
    const here = await state.get([e.room_id, e.type, e.state_key ?? ''])
    const kept = keptState(here, e, said.has(key) ? 'on' : from)
    if (kept) await state.put(kept)
    said.add(key)
  }
}

/** Whether that is news. */
export async function putRead(tx: Tx, room: RoomId, said: number): Promise<boolean> {
  const here = await tx.objectStore('read').get(room)
  const at = laterRead(here, said)
  if (at === here) return false
  await tx.objectStore('read').put(at, room)
  return true
}

/** Of an account that is in it no more. The rows are those of all accounts of the person: one that still has it keeps them. */
export async function leave(tx: Tx, room: RoomId): Promise<void> {
  const positions = await tx.objectStore('positions').getAll()
  if (positions.some((row) => readPosition(row)?.joined?.includes(room))) return
  await tx.objectStore('state').delete(allOf(room))
  await tx.objectStore('let_go').delete(allOf(room))
  for (const id of await tx.objectStore('timeline').index('order').getAllKeys(allOf(room)))
    await tx.objectStore('timeline').delete(id)
}

/**
 * State that a first sync need not bring: members are loaded lazily, creations of version 12 are left out, and a site that
 * is behind brings an earlier declaration.
 */
const KEPT: string[] = ['m.room.member', 'm.room.create', TYPE.activeSite]

/** State that the server no longer has: what it does not say. */
export async function forgetState(tx: Tx, room: RoomId, said: readonly RoomEvent[]): Promise<void> {
  const there = new Set(said.map((e) => stateKey(e.type, e.state_key)))
  for (const key of await tx.objectStore('state').getAllKeys(allOf(room)))
    if (!KEPT.includes(key[1]) && !there.has(stateKey(key[1], key[2]))) await tx.objectStore('state').delete(key)
}
