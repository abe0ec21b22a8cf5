/** Rows of the timeline: an event, and what it is found by. */
import { roomEventSchema, TYPE, type RoomEvent } from '../../core/event.ts'
import { parseOrNull } from '../../core/parse.ts'
import type { Position } from '../../core/ports.ts'
import { aboutOf, classOf, type RowClass } from '../../core/retention.ts'
import { kindOfRoom, type RoomKind } from '../../core/room.ts'
import type { Row, Schema } from './schema.ts'

export function rowOf(event: RoomEvent, kind: RoomKind | null): Row {
  const about = aboutOf(event)
  const row = { ...event, class: classOf(event, kind), age: -event.origin_server_ts }
  return about === null ? row : { ...row, about }
}

/** Null for what this version cannot read: it is shown nowhere, and nothing breaks. */
export const readRow = (row: unknown): RoomEvent | null => parseOrNull(roomEventSchema, row)
export const readRows = (rows: readonly unknown[]): RoomEvent[] => rows.flatMap((row) => readRow(row) ?? [])

/** Version 0.1.0 named only rooms that the account was in. */
export const readPosition = (row: Schema['positions']['value'] | undefined): Position | null =>
  row ? { ...row, joined: row.joined === undefined ? row.rooms : row.joined } : null

interface StateStore {
  get(key: [string, string, string]): Promise<RoomEvent | undefined>
}
/** What kind of room it says it is, if that is here. */
export async function kindOf(state: StateStore, room: string): Promise<RoomKind | null> {
  const event = await state.get([room, TYPE.room, ''])
  return event ? kindOfRoom(event) : null
}

/** Everything of one room in a key or index that begins with it. */
export const allOf = (room: string) => IDBKeyRange.bound([room], [room, []])
/** Its rows of one class in `order`, the newest first. */
export const classIn = (room: string, rows: RowClass) => IDBKeyRange.bound([room, rows], [room, rows, []])

export const byTime = (a: RoomEvent, b: RoomEvent) =>
  a.origin_server_ts - b.origin_server_ts || (a.event_id < b.event_id ? -1 : a.event_id > b.event_id ? 1 : 0)
