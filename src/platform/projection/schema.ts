/**
 * The read model's database, and the steps that bring an older one to it, one a version. A step only adds, so that an
 * app that was rolled back reads on in a database of a newer one (docs/adr/0014-what-stays-on-the-device.md).
 */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { RoomEvent } from '../../core/event.ts'
import type { LetGo, RowClass } from '../../core/retention.ts'
import type { Position } from '../../core/ports.ts'
import type { KeptState } from '../../core/position.ts'
import type { RoomKind } from '../../core/room.ts'
import { whole } from '../database.ts'
import { kindOf, readRow, rowOf } from './rows.ts'

export interface Row extends RoomEvent {
  class: RowClass
  /** Grows into the past: an index has no other way to give the newest first, many at once. */
  age: number
  /** The alert that a tally is about. */
  about?: string
}
interface Body {
  version: number
  sha256: string
  markdown: string
}
export interface Schema extends DBSchema {
  timeline: { key: string; value: Row; indexes: { order: [string, RowClass, number, string]; about: string } }
  state: { key: [string, string, string]; value: KeptState }
  positions: { key: string; value: Omit<Position, 'joined'> & Partial<Pick<Position, 'joined'>> }
  bodies: { key: string; value: Body }
  read: { key: string; value: number }
  meta: { key: string; value: number }
  /** Up to when a room's rows of a class were let go, ms. */
  let_go: { key: [string, LetGo]; value: number }
}
export const STORES = ['timeline', 'state', 'positions', 'bodies', 'read', 'meta', 'let_go'] as const

export type Upgrade = IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>
type Step = (db: IDBPDatabase<Schema>, tx: Upgrade) => Promise<void> | void

function first(db: IDBPDatabase<Schema>): void {
  db.createObjectStore('timeline', { keyPath: 'event_id' })
  db.createObjectStore('state', { keyPath: ['room_id', 'type', 'state_key'] })
  for (const store of ['positions', 'bodies', 'read', 'meta'] as const) db.createObjectStore(store)
}

/** Rows get a class and an order. Those of version 1 that are no events go: nothing ever showed them. */
async function classes(db: IDBPDatabase<Schema>, tx: Upgrade): Promise<void> {
  db.createObjectStore('let_go')
  const timeline = tx.objectStore('timeline')
  const kinds = new Map<string, RoomKind | null>()
  for (let cursor = await timeline.openCursor(); cursor; cursor = await cursor.continue()) {
    const event = readRow(cursor.value)
    if (!event) await cursor.delete()
    else {
      const { room_id } = event
      if (!kinds.has(room_id)) kinds.set(room_id, await kindOf(tx.objectStore('state'), room_id))
      await cursor.update(rowOf(event, kinds.get(room_id)!))
    }
  }
  timeline.createIndex('order', ['room_id', 'class', 'age', 'event_id'])
  timeline.createIndex('about', 'about')
}

const STEPS: readonly Step[] = [first, classes]
export const VERSION = STEPS.length

export function upgrade(db: IDBPDatabase<Schema>, from: number, _to: number | null, tx: Upgrade): void {
  const work = async () => {
    for (const step of STEPS.slice(from)) await step(db, tx)
  }
  // By itself a step that fails would leave what was done so far, under the new number.
  whole(tx, work).catch(() => {})
}
