/** The read model in memory, filled with `records` if need be. Copies what goes in and out, as a disk does. */
import { TYPE, type RoomEvent } from '../../src/core/event.ts'
import type { Position, Projection, ProjectionChange } from '../../src/core/ports.ts'
import { keptState, positionAfter, type KeptState } from '../../src/core/position.ts'
import { laterRead } from '../../src/core/read-position.ts'
import { aboutOf, classOf, isLetGo, KEEP, LET_GO_AT, PAGE, type LetGo } from '../../src/core/retention.ts'
import { kindOfRoom, stateKey, type RoomRecord } from '../../src/core/room.ts'
import type { EventId, RoomId, UserId } from '../../src/core/ids.ts'

interface Room {
  id: RoomId
  state: Map<string, KeptState>
  timeline: Map<EventId, RoomEvent>
  letGo: Record<LetGo, number>
}
type Body = NonNullable<Awaited<ReturnType<Projection['body']>>>

const byTime = (a: RoomEvent, b: RoomEvent) =>
  a.origin_server_ts - b.origin_server_ts || (a.event_id < b.event_id ? -1 : 1)
const newestFirst = (a: RoomEvent, b: RoomEvent) =>
  b.origin_server_ts - a.origin_server_ts || (a.event_id < b.event_id ? -1 : 1)

/** State that a first sync need not bring. */
const KEPT = ['m.room.member', 'm.room.create']

export function memoryProjection(records: Iterable<RoomRecord> = []): Projection {
  const rooms = new Map<RoomId, Room>()
  const positions = new Map<UserId, Position>()
  const bodies = new Map<string, Body>()
  const read = new Map<RoomId, number>()
  let synced_at: number | null = null
  const listeners = new Set<(change: ProjectionChange) => void>()
  const announce = (change: ProjectionChange) => listeners.forEach((run) => run(change))

  function roomOf(id: RoomId): Room {
    const room = rooms.get(id) ?? { id, state: new Map(), timeline: new Map(), letGo: { message: -1, other: -1 } }
    rooms.set(id, room)
    return room
  }
  const rowsOf = (room: Room) => {
    const said = room.state.get(stateKey(TYPE.room))
    return (event: RoomEvent) => classOf(event, said ? kindOfRoom(said) : null)
  }
  const isOld = (room: Room, event: RoomEvent) => {
    const rows = rowsOf(room)(event)
    return isLetGo(rows) && event.origin_server_ts <= room.letGo[rows]
  }
  const putState = (events: readonly RoomEvent[], from: 'start' | 'copy' | 'on' = 'on') => {
    const said = new Set<string>()
    for (const e of structuredClone(events)) {
      const { state } = roomOf(e.room_id)
      const key = stateKey(e.type, e.state_key)
      const kept = keptState(state.get(key), e, said.has(key) ? 'on' : from)
      if (kept) state.set(key, kept)
      said.add(key)
    }
  }
  /** An event that was taken back stays as a place without content. */
  function takeBack({ room_id, type, content }: RoomEvent): void {
    const { timeline } = roomOf(room_id)
    const event = type === 'm.room.redaction' && timeline.get(content['redacts'] as EventId)
    if (event) timeline.set(event.event_id, { ...event, content: {} })
  }
  function letGo(room: Room, rows: LetGo, from: number, keep: number): void {
    const all = [...room.timeline.values()].filter((e) => rowsOf(room)(e) === rows).toSorted(newestFirst)
    if (all.length < from) return
    room.letGo[rows] = all[keep]!.origin_server_ts
    for (const { event_id } of all.slice(keep)) room.timeline.delete(event_id)
  }
  function putTimeline(id: RoomId, events: readonly RoomEvent[]): void {
    const room = roomOf(id)
    for (const e of structuredClone(events)) {
      const before = room.timeline.get(e.event_id)
      const takenBack = before && !Object.keys(before.content).length
      if (!takenBack && !isOld(room, e)) room.timeline.set(e.event_id, e)
    }
    events.forEach(takeBack)
    letGo(room, 'message', LET_GO_AT, KEEP)
    letGo(room, 'other', LET_GO_AT, KEEP)
  }
  function putRead(room: RoomId, said: number): boolean {
    const here = read.get(room)
    read.set(room, laterRead(here, said))
    return read.get(room) !== here
  }
  function leave(id: RoomId): void {
    if (![...positions.values()].some((account) => account.joined?.includes(id))) rooms.delete(id)
  }
  for (const { id, state, timeline } of records) {
    putState([...state.values()])
    putTimeline(id, timeline)
  }
  function recordOf(room: Room, newest: number): RoomRecord {
    const all = [...room.timeline.values()].toSorted(newestFirst)
    const of = (rows: string) => all.filter((e) => rowsOf(room)(e) === rows)
    const shown = [...of('alert'), ...of('site'), ...of('message').slice(0, newest)]
    const state = new Map([...room.state].map(([key, { replaced: _, ...event }]): [string, RoomEvent] => [key, event]))
    const record = { id: room.id, state, timeline: shown.toSorted(byTime) }
    return structuredClone({ ...record, earlier: of('message').length > newest })
  }

  return {
    async load({ rooms: only, newest } = {}) {
      const all = [...rooms.values()].filter(({ id }) => !only || only.includes(id))
      const there = all
        .map((room) => recordOf(room, newest?.get(room.id) ?? PAGE))
        .filter(({ state, timeline }) => state.size + timeline.length > 0)
      return { rooms: new Map(there.map((record) => [record.id, record])), synced_at }
    },
    async tallies(alert) {
      const all = [...rooms.values()].flatMap(({ timeline }) => [...timeline.values()])
      return structuredClone(all.filter((e) => aboutOf(e) === alert))
    },
    async apply(said, at) {
      const batch = structuredClone(said)
      const before = positions.get(batch.account) ?? null
      const { position, gone } = positionAfter(before, batch)
      const from = !batch.initial ? 'on' : before?.restored ? 'copy' : 'start'
      positions.set(batch.account, position)
      for (const id of [...batch.left, ...gone]) leave(id)
      const news = Object.entries(batch.read ?? {}).filter(([room, at]) => putRead(room as RoomId, at))
      for (const { id, state, timeline } of batch.rooms) {
        const room = rooms.get(id)
        if (from === 'start' && room)
          for (const [key, e] of room.state)
            if (!KEPT.includes(e.type) && !state.some((said) => stateKey(said.type, said.state_key) === key))
              room.state.delete(key)
        putState(state, from)
        putTimeline(id, timeline)
      }
      synced_at = at
      announce({ rooms: [...batch.left, ...gone, ...batch.rooms.map(({ id }) => id)] })
      if (news.length) announce('read')
    },
    async add(room, said) {
      const { state = [], timeline = [] } = structuredClone(said)
      putState(state)
      putTimeline(room, timeline)
      announce({ rooms: [room] })
    },
    async knows(id, events) {
      const room = roomOf(id)
      const known = events.filter((e) => room.timeline.has(e.event_id) || isOld(room, e))
      return new Set(known.map((e) => e.event_id))
    },
    async position(account) {
      return structuredClone(positions.get(account) ?? null)
    },
    async rememberRooms(account, named) {
      const before = positions.get(account)?.joined ?? null
      const gone = (before ?? []).filter((id) => !named.includes(id))
      const joined = before && before.filter((id) => named.includes(id))
      positions.set(account, { since: null, rooms: [...named], joined })
      gone.forEach(leave)
      announce({ rooms: gone })
    },
    async startAnew(account) {
      const before = positions.get(account)
      if (before) positions.set(account, { ...before, since: null, restored: true })
    },
    async body(playbook) {
      return structuredClone(bodies.get(playbook) ?? null)
    },
    async bodies() {
      return new Map([...bodies].map(([id, { version, sha256 }]) => [id, { version, sha256 }]))
    },
    async putBody(playbook, body) {
      bodies.set(playbook, structuredClone(body))
      announce('bodies')
    },
    async readUpTo() {
      return new Map(read)
    },
    async markRead(room, at) {
      if (putRead(room, at)) announce('read')
    },
    async makeRoom() {
      const halved = [...rooms.values()].filter((room) => {
        const before = room.timeline.size
        for (const rows of ['message', 'other'] as const) {
          const count = [...room.timeline.values()].filter((e) => rowsOf(room)(e) === rows).length
          letGo(room, rows, 1, Math.floor(count / 2))
        }
        return room.timeline.size < before
      })
      if (halved.length) announce({ rooms: halved.map(({ id }) => id) })
      return halved.length > 0
    },
    async clear() {
      for (const map of [rooms, positions, bodies, read]) map.clear()
      synced_at = null
      announce('all')
    },
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
