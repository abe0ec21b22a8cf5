/** The read model in memory, filled with `records` if need be. Copies what goes in and out, as a disk does. */
import { oldestMessages } from '../../src/core/let-go.ts'
import type { RoomEvent } from '../../src/core/event.ts'
import type { Projection } from '../../src/core/ports.ts'
import { stateKey, type RoomRecord } from '../../src/core/room.ts'
import type { EventId, RoomId, UserId } from '../../src/core/ids.ts'

interface Room {
  id: RoomId
  state: Map<string, RoomEvent>
  timeline: Map<EventId, RoomEvent>
}
type Body = NonNullable<Awaited<ReturnType<Projection['body']>>>
type Position = NonNullable<Awaited<ReturnType<Projection['position']>>>

const byTime = (a: RoomEvent, b: RoomEvent) =>
  a.origin_server_ts - b.origin_server_ts || (a.event_id < b.event_id ? -1 : 1)

/** State that a first sync need not bring. */
const KEPT = ['m.room.member', 'm.room.create']

export function memoryProjection(records: Iterable<RoomRecord> = []): Projection {
  const rooms = new Map<RoomId, Room>()
  const positions = new Map<UserId, Position>()
  const bodies = new Map<string, Body>()
  const read = new Map<RoomId, number>()
  let synced_at: number | null = null
  const listeners = new Set<() => void>()
  const announce = () => listeners.forEach((run) => run())

  function roomOf(id: RoomId): Room {
    const room = rooms.get(id) ?? { id, state: new Map(), timeline: new Map() }
    rooms.set(id, room)
    return room
  }
  const putState = (events: readonly RoomEvent[]) => {
    for (const e of structuredClone(events)) roomOf(e.room_id).state.set(stateKey(e.type, e.state_key), e)
  }
  /** An event that was taken back stays as a place without content. */
  function takeBack({ room_id, type, content }: RoomEvent): void {
    const { timeline } = roomOf(room_id)
    const event = type === 'm.room.redaction' && timeline.get(content['redacts'] as EventId)
    if (event) timeline.set(event.event_id, { ...event, content: {} })
  }
  const putTimeline = (events: readonly RoomEvent[]) => {
    for (const e of structuredClone(events)) roomOf(e.room_id).timeline.set(e.event_id, e)
    events.forEach(takeBack)
  }
  for (const { state, timeline } of records) {
    putState([...state.values()])
    putTimeline(timeline)
  }

  return {
    async load() {
      const record = (room: Room): RoomRecord => ({
        id: room.id,
        state: structuredClone(room.state),
        timeline: structuredClone([...room.timeline.values()].toSorted(byTime)),
      })
      return { rooms: new Map([...rooms].map(([id, room]) => [id, record(room)])), synced_at }
    },
    async apply(said, at) {
      const batch = structuredClone(said)
      for (const id of batch.left) rooms.delete(id)
      for (const { id, state, timeline } of batch.rooms) {
        const room = rooms.get(id)
        if (batch.initial && room) for (const [key, e] of room.state) if (!KEPT.includes(e.type)) room.state.delete(key)
        putTimeline(timeline)
        putState(state)
      }
      const named = positions.get(batch.account)?.rooms ?? []
      positions.set(batch.account, { since: batch.next_batch, rooms: named })
      synced_at = at
      announce()
    },
    async add(_room, said) {
      const { state = [], timeline = [] } = structuredClone(said)
      putTimeline(timeline)
      putState(state)
      announce()
    },
    async knows(ids) {
      const here = new Set([...rooms.values()].flatMap((room) => [...room.timeline.keys()]))
      return new Set(ids.filter((id) => here.has(id)))
    },
    async position(account) {
      return structuredClone(positions.get(account) ?? null)
    },
    async rememberRooms(account, named) {
      for (const id of positions.get(account)?.rooms ?? []) if (!named.includes(id)) rooms.delete(id)
      for (const room of positions.get(account)?.rooms ?? []) if (!named.includes(room)) rooms.delete(room)
      positions.set(account, { since: null, rooms: [...named] })
      announce()
    },
    async body(playbook) {
      return structuredClone(bodies.get(playbook) ?? null)
    },
    async bodies() {
      return new Map([...bodies].map(([id, { version, sha256 }]) => [id, { version, sha256 }]))
    },
    async putBody(playbook, body) {
      bodies.set(playbook, structuredClone(body))
      announce()
    },
    async readUpTo() {
      return new Map(read)
    },
    async markRead(room, at) {
      read.set(room, at)
      announce()
    },
    async makeRoom() {
      const old = oldestMessages([...rooms.values()].flatMap((room) => [...room.timeline.values()]))
      for (const event of old) rooms.get(event.room_id)?.timeline.delete(event.event_id)
      if (old.length) announce()
      return old.length > 0
    },
    async clear() {
      for (const map of [rooms, positions, bodies, read]) map.clear()
      synced_at = null
      announce()
    },
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
