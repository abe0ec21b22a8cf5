/**
 * The read model on disk: rows of room events and how far each account has read, written in one transaction. Event ids
 * are the same at every site, so the rows outlive a switch. Screens fold these rows by `core`.
 */
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb'
import type { RoomEvent } from '../core/event.ts'
import { oldestMessages } from '../core/let-go.ts'
import type { Projection, SyncBatch } from '../core/ports.ts'
import { stateKey, type RoomRecord } from '../core/room.ts'
import type { EventId, RoomId } from '../core/ids.ts'
import { announcer } from './announce.ts'
import { database, whole, type Keeper } from './database.ts'

interface Body {
  version: number
  sha256: string
  markdown: string
}
interface Schema extends DBSchema {
  timeline: { key: string; value: RoomEvent; indexes: { room: string } }
  state: { key: [string, string, string]; value: RoomEvent }
  positions: { key: string; value: { since: string | null; rooms: RoomId[] } }
  bodies: { key: string; value: Body }
  read: { key: string; value: number }
  meta: { key: string; value: number }
}
const STORES = ['timeline', 'state', 'positions', 'bodies', 'read', 'meta'] as const
type Tx = IDBPTransaction<Schema, ['timeline', 'state', 'positions', 'meta'], 'readwrite'>

/** Everything of one room in `state`, whose key is [room, type, state key]. */
const stateRange = (room: string) => IDBKeyRange.bound([room], [room, []])

const byTime = (a: RoomEvent, b: RoomEvent) =>
  a.origin_server_ts - b.origin_server_ts || (a.event_id < b.event_id ? -1 : a.event_id > b.event_id ? 1 : 0)

/** An event that was taken back stays as a place without content. Rooms of version 11 and later; older ones: at the next first sync. */
async function takeBack(tx: Tx, { room_id, type, content }: RoomEvent): Promise<void> {
  const id = type === 'm.room.redaction' ? content['redacts'] : null
  const event = typeof id === 'string' ? await tx.objectStore('timeline').get(id) : undefined
  if (event?.room_id === room_id) await tx.objectStore('timeline').put({ ...event, content: {} })
}

async function putTimeline(tx: Tx, events: readonly RoomEvent[]): Promise<void> {
  for (const e of events) await tx.objectStore('timeline').put(e)
  for (const e of events) await takeBack(tx, e)
}

async function putState(tx: Tx, events: readonly RoomEvent[]): Promise<void> {
  for (const e of events) await tx.objectStore('state').put(e)
}

async function forget(tx: Tx, room: RoomId): Promise<void> {
  await tx.objectStore('state').delete(stateRange(room))
  for (const key of await tx.objectStore('timeline').index('room').getAllKeys(room))
    await tx.objectStore('timeline').delete(key)
}

/** State that a first sync need not bring: members are loaded lazily, and creations of version 12 are left out. */
const KEPT = ['m.room.member', 'm.room.create']

/** State that the server no longer has. */
async function forgetState(tx: Tx, room: RoomId): Promise<void> {
  for (const key of await tx.objectStore('state').getAllKeys(stateRange(room)))
    if (!KEPT.includes(key[1])) await tx.objectStore('state').delete(key)
}

export function openProjection(name = 'notanker-projection', keeper?: Keeper): Projection {
  const upgrade = (db: IDBPDatabase<Schema>) => {
    db.createObjectStore('timeline', { keyPath: 'event_id' }).createIndex('room', 'room_id')
    db.createObjectStore('state', { keyPath: ['room_id', 'type', 'state_key'] })
    for (const store of ['positions', 'bodies', 'read', 'meta'] as const) db.createObjectStore(store)
  }
  const open = database<Schema>(name, 1, upgrade, keeper)
  const { announce, onChange } = announcer(name)
  const write = async () =>
    (await open()).transaction(['timeline', 'state', 'positions', 'meta'], 'readwrite', { durability: 'relaxed' })

  return {
    onChange,

    async load() {
      const tx = (await open()).transaction(['timeline', 'state', 'meta'])
      const [timeline, state, synced] = await Promise.all([
        tx.objectStore('timeline').getAll(),
        tx.objectStore('state').getAll(),
        tx.objectStore('meta').get('synced_at'),
      ])
      const rooms = new Map<RoomId, RoomRecord & { state: Map<string, RoomEvent>; timeline: RoomEvent[] }>()
      const record = (id: RoomId) => {
        const found = rooms.get(id) ?? { id, state: new Map<string, RoomEvent>(), timeline: [] }
        rooms.set(id, found)
        return found
      }
      for (const e of state) record(e.room_id).state.set(stateKey(e.type, e.state_key), e)
      for (const e of timeline.toSorted(byTime)) record(e.room_id).timeline.push(e)
      return { rooms, synced_at: synced ?? null }
    },

    async apply(batch: SyncBatch, at: number) {
      const tx = await write()
      await whole(tx, async () => {
        for (const room of batch.left) await forget(tx, room)
        for (const room of batch.rooms) {
          if (batch.initial) await forgetState(tx, room.id)
          await putTimeline(tx, room.timeline)
          await putState(tx, room.state)
        }
        const position = await tx.objectStore('positions').get(batch.account)
        const rooms = position?.rooms ?? []
        await tx.objectStore('positions').put({ since: batch.next_batch, rooms }, batch.account)
        await tx.objectStore('meta').put(at, 'synced_at')
      })
      announce()
    },

    async add(_room, { state = [], timeline = [] }) {
      const tx = await write()
      await whole(tx, async () => {
        await putTimeline(tx, timeline)
        await putState(tx, state)
      })
      announce()
    },

    async knows(ids: EventId[]) {
      const tx = (await open()).transaction('timeline')
      const keys = await Promise.all(ids.map((id) => tx.store.getKey(id)))
      return new Set(keys.filter((key) => key !== undefined) as EventId[])
    },

    async position(account) {
      return (await (await open()).get('positions', account)) ?? null
    },

    async rememberRooms(account, rooms) {
      const tx = await write()
      const before = await tx.objectStore('positions').get(account)
      // The account has left them while nobody looked. Rooms that it never had may be another account's.
      for (const room of before?.rooms ?? []) if (!rooms.includes(room)) await forget(tx, room)
      await tx.objectStore('positions').put({ since: null, rooms }, account)
      await tx.done
      announce()
    },

    async body(playbook) {
      return (await (await open()).get('bodies', playbook)) ?? null
    },

    async bodies() {
      const tx = (await open()).transaction('bodies')
      const [keys, values] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll()])
      return new Map(keys.map((key, i) => [key, { version: values[i]!.version, sha256: values[i]!.sha256 }]))
    },

    async putBody(playbook, body) {
      await (await open()).put('bodies', body, playbook)
      announce()
    },

    async readUpTo() {
      const tx = (await open()).transaction('read')
      const [keys, values] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll()])
      return new Map(keys.map((key, i) => [key as RoomId, values[i]!]))
    },

    async markRead(room, at) {
      await (await open()).put('read', at, room)
      announce()
    },

    async makeRoom() {
      const tx = (await open()).transaction('timeline', 'readwrite', { durability: 'relaxed' })
      const old = oldestMessages(await tx.store.getAll())
      await whole(tx, () => Promise.all(old.map((e) => tx.store.delete(e.event_id))))
      if (old.length) announce()
      return old.length > 0
    },

    async clear() {
      const tx = (await open()).transaction(STORES, 'readwrite')
      await Promise.all([...STORES.map((store) => tx.objectStore(store).clear()), tx.done])
      announce()
    },
  }
}
