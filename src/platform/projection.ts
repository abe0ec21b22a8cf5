/**
 * The read model on disk: rows of room events and how far each account has read, written in one transaction. Event ids
 * are the same at every site, so the rows outlive a switch. Screens fold these rows by `core`.
 */
import type { EventId, RoomId } from '../core/ids.ts'
import type { Projection, ProjectionChange } from '../core/ports.ts'
import { positionAfter } from '../core/position.ts'
import { isLetGo } from '../core/retention.ts'
import { announcer } from './announce.ts'
import { database, whole, type Keeper } from './database.ts'
import { load, roomsIn } from './projection/read.ts'
import { kindOf, readPosition, readRows, rowOf } from './projection/rows.ts'
import { STORES, upgrade, VERSION, type Schema } from './projection/schema.ts'
import { halve, note, type Gone } from './projection/let-go.ts'
import { forgetState, leave, putRead, putState, putTimeline, WRITTEN, type Tx } from './projection/write.ts'

export function openProjection(name = 'notanker-projection', keeper?: Keeper): Projection {
  const open = database<Schema>(name, VERSION, upgrade, keeper)
  const { announce, onChange } = announcer<ProjectionChange>(name, () => ['all'])
  const write = async (work: (tx: Tx) => Promise<unknown>) => {
    const tx = (await open()).transaction(WRITTEN, 'readwrite', { durability: 'relaxed' })
    await whole(tx, () => work(tx))
  }

  return {
    onChange,

    async load(which) {
      return load((await open()).transaction(['timeline', 'state', 'meta']), which)
    },

    async tallies(alert) {
      return readRows(await (await open()).getAllFromIndex('timeline', 'about', alert))
    },

    async apply(batch, at) {
      const forgotten = new Set(batch.left)
      let read = false
      await write(async (tx) => {
        const before = readPosition(await tx.objectStore('positions').get(batch.account))
        const { position, gone } = positionAfter(before, batch)
        const from = !batch.initial ? 'on' : before?.restored ? 'copy' : 'start'
        await tx.objectStore('positions').put(position, batch.account)
        for (const room of gone) forgotten.add(room)
        for (const room of forgotten) await leave(tx, room)
        for (const room of batch.rooms) {
          if (from === 'start') await forgetState(tx, room.id, room.state)
          await putState(tx, room.state, from)
          await putTimeline(tx, room.id, room.timeline)
        }
        for (const [room, at] of Object.entries(batch.read ?? {}))
          if (await putRead(tx, room as RoomId, at)) read = true
        await tx.objectStore('meta').put(at, 'synced_at')
      })
      announce({ rooms: [...forgotten, ...batch.rooms.map(({ id }) => id)] })
      if (read) announce('read')
    },

    async add(room, { state = [], timeline = [] }) {
      await write(async (tx) => {
        await putState(tx, state)
        await putTimeline(tx, room, timeline)
      })
      announce({ rooms: [room] })
    },

    async knows(room, events) {
      const tx = (await open()).transaction(['timeline', 'state', 'let_go'])
      const kind = await kindOf(tx.objectStore('state'), room)
      const known = await Promise.all(
        events.map(async (event): Promise<EventId[]> => {
          const rows = rowOf(event, kind).class
          const [key, gone] = await Promise.all([
            tx.objectStore('timeline').getKey(event.event_id),
            isLetGo(rows) ? tx.objectStore('let_go').get([room, rows]) : undefined,
          ])
          return key !== undefined || event.origin_server_ts <= (gone ?? -1) ? [event.event_id] : []
        }),
      )
      return new Set(known.flat())
    },

    async position(account) {
      return readPosition(await (await open()).get('positions', account))
    },

    async rememberRooms(account, rooms) {
      const gone: RoomId[] = []
      await write(async (tx) => {
        const before = readPosition(await tx.objectStore('positions').get(account))
        // Rooms that it never had may be another account's.
        gone.push(...(before?.joined ?? []).filter((room) => !rooms.includes(room)))
        const joined = before?.joined?.filter((room) => rooms.includes(room)) ?? null
        await tx.objectStore('positions').put({ since: null, rooms, joined }, account)
        for (const room of gone) await leave(tx, room)
      })
      announce({ rooms: gone })
    },

    async startAnew(account) {
      await write(async (tx) => {
        const before = readPosition(await tx.objectStore('positions').get(account))
        if (before) await tx.objectStore('positions').put({ ...before, since: null, restored: true }, account)
      })
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
      announce('bodies')
    },

    async readUpTo() {
      const tx = (await open()).transaction('read')
      const [keys, values] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll()])
      return new Map(keys.map((key, i) => [key as RoomId, values[i]!]))
    },

    async markRead(room, at) {
      let news = false
      await write(async (tx) => (news = await putRead(tx, room, at)))
      if (news) announce('read')
    },

    async makeRoom() {
      const gone: Gone[] = []
      await write(async (tx) => {
        for (const room of await roomsIn(tx.objectStore('timeline').index('order')))
          gone.push(...(await halve(tx, room)))
      })
      // Apart: where nothing fits, a note does not either, and without it old messages are at most fetched again.
      await write((tx) => note(tx, gone)).catch(() => undefined)
      if (gone.length) announce({ rooms: [...new Set(gone.map(({ room }) => room))] })
      return gone.length > 0
    },

    async clear() {
      const tx = (await open()).transaction(STORES, 'readwrite')
      await Promise.all([...STORES.map((store) => tx.objectStore(store).clear()), tx.done])
      announce('all')
    },
  }
}
