/** Reads what screens show: state, alerts and the newest messages of each room, never all that is there (SYNC-14). */
import type { IDBPTransaction } from 'idb'
import type { RoomEvent } from '../../core/event.ts'
import type { RoomId } from '../../core/ids.ts'
import type { Projection } from '../../core/ports.ts'
import { PAGE } from '../../core/retention.ts'
import { stateKey, type RoomRecord } from '../../core/room.ts'
import { allOf, byTime, classIn, readRows } from './rows.ts'
import type { Schema } from './schema.ts'

type Tx = IDBPTransaction<Schema, ['timeline', 'state', 'meta'], 'readonly'>

/** The rooms that keys begin with, by leaps from one to the next. */
export async function roomsIn(cursors: {
  openKeyCursor(): Promise<{ key: readonly unknown[]; continue(key: never): Promise<unknown> } | null>
}): Promise<RoomId[]> {
  const rooms: RoomId[] = []
  type Cursor = Awaited<ReturnType<typeof cursors.openKeyCursor>>
  for (let cursor = await cursors.openKeyCursor(); cursor;) {
    const room = cursor.key[0] as RoomId
    rooms.push(room)
    cursor = (await cursor.continue([room, []] as never)) as Cursor
  }
  return rooms
}

async function allRooms(tx: Tx): Promise<RoomId[]> {
  const [withState, withRows] = await Promise.all([
    roomsIn(tx.objectStore('state')),
    roomsIn(tx.objectStore('timeline').index('order')),
  ])
  return [...new Set([...withState, ...withRows])]
}

async function recordOf(tx: Tx, id: RoomId, newest: number): Promise<RoomRecord> {
  const order = tx.objectStore('timeline').index('order')
  const [state, alerts, sites, messages] = await Promise.all([
    tx.objectStore('state').getAll(allOf(id)),
    order.getAll(classIn(id, 'alert')),
    order.getAll(classIn(id, 'site')),
    order.getAll(classIn(id, 'message'), newest + 1),
  ])
  return {
    id,
    state: new Map(readRows(state).map((e): [string, RoomEvent] => [stateKey(e.type, e.state_key), e])),
    timeline: readRows([...alerts, ...sites, ...messages.slice(0, newest)]).toSorted(byTime),
    earlier: messages.length > newest,
  }
}

const isThere = ({ state, timeline }: RoomRecord) => state.size + timeline.length > 0

export async function load(
  tx: Tx,
  { rooms, newest }: Parameters<Projection['load']>[0] = {},
): ReturnType<Projection['load']> {
  const ids = rooms ?? (await allRooms(tx))
  const [synced_at, ...records] = await Promise.all([
    tx.objectStore('meta').get('synced_at'),
    ...ids.map((id) => recordOf(tx, id, newest?.get(id) ?? PAGE)),
  ])
  return { rooms: new Map(records.filter(isThere).map((record) => [record.id, record])), synced_at: synced_at ?? null }
}
