/** A `/sync` answer as core's types. Source: Matrix client-server API, "Syncing", and MSC4222 (`state_after`). */
import * as v from 'valibot'
import { readRoomEvent, TYPE, type RoomEvent } from '../core/event.ts'
import type { RoomId } from '../core/ids.ts'
import { parseOrNull } from '../core/parse.ts'
import type { SyncBatch } from '../core/ports.ts'
import { readSchema } from '../core/read-position.ts'

const READ = `${TYPE.read}.`
const events = v.fallback(v.object({ events: v.optional(v.array(v.unknown()), []) }), { events: [] })
const timeline = v.object({
  events: v.optional(v.array(v.unknown()), []),
  limited: v.optional(v.boolean(), false),
})
const joined = v.object({
  state: v.optional(events, { events: [] }),
  'org.matrix.msc4222.state_after': v.optional(events),
  timeline: v.fallback(v.optional(timeline, {}), { events: [], limited: false }),
})
const position = v.object({ type: v.pipe(v.string(), v.startsWith(READ)), content: readSchema })
const rooms = v.optional(v.record(v.string(), v.unknown()), {})
const syncSchema = v.object({
  account_data: v.optional(events, { events: [] }),
  rooms: v.optional(v.object({ join: rooms, invite: rooms, leave: rooms }), {}),
})

export interface SyncAnswer {
  rooms: SyncBatch['rooms']
  left: RoomId[]
  invited: RoomId[]
  /** Up to when other devices have read rooms, ms. */
  read: Record<RoomId, number>
}

/** The room's state after the timeline: said as such, or to be made of the state before it and its events. */
function stateAfter(room: v.InferOutput<typeof joined>, read: (raw: unknown[]) => RoomEvent[]): RoomEvent[] {
  const after = room['org.matrix.msc4222.state_after']
  const events = after ? after.events : [...room.state.events, ...room.timeline.events]
  return read(events).filter((e) => e.state_key !== undefined)
}

function positionIn(raw: unknown): [RoomId, number][] {
  const said = parseOrNull(position, raw)
  return said ? [[said.type.slice(READ.length) as RoomId, said.content.at]] : []
}

/** What the answer says of the rooms in `named`: Synapse adds stubs of others where members are loaded lazily. */
export function readSync(raw: unknown, named: ReadonlySet<RoomId>): SyncAnswer {
  const answer = parseOrNull(syncSchema, raw)
  const { join, invite, leave } = answer?.rooms ?? { join: {}, invite: {}, leave: {} }
  const ours = (ids: object) => (Object.keys(ids) as RoomId[]).filter((id) => named.has(id))
  return {
    rooms: ours(join).flatMap((id) => {
      const room = parseOrNull(joined, join[id])
      if (!room) return []
      const read = (list: unknown[]) => list.flatMap((e) => readRoomEvent(id, e) ?? [])
      const { events, limited } = room.timeline
      return [{ id, state: stateAfter(room, read), timeline: read(events), limited }]
    }),
    left: ours(leave),
    invited: Object.keys(invite) as RoomId[],
    read: Object.fromEntries((answer?.account_data.events ?? []).flatMap(positionIn).filter(([id]) => named.has(id))),
  }
}
