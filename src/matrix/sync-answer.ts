/** A `/sync` answer as core's types. Source: Matrix client-server API, "Syncing", and MSC4222 (`state_after`). */
import * as v from 'valibot'
import { readRoomEvent, type RoomEvent } from '../core/event.ts'
import type { RoomId } from '../core/ids.ts'
import { parseOrNull } from '../core/parse.ts'
import type { SyncBatch } from '../core/ports.ts'

const events = v.fallback(v.object({ events: v.optional(v.array(v.unknown()), []) }), { events: [] })
const timeline = v.object({
  events: v.optional(v.array(v.unknown()), []),
  limited: v.optional(v.boolean(), false),
  prev_batch: v.nullish(v.string(), null),
})
const joined = v.object({
  state: v.optional(events, { events: [] }),
  'org.matrix.msc4222.state_after': v.optional(events),
  timeline: v.fallback(v.optional(timeline, {}), { events: [], limited: false, prev_batch: null }),
})
const rooms = v.optional(v.record(v.string(), v.unknown()), {})
const syncSchema = v.object({
  rooms: v.optional(v.object({ join: rooms, invite: rooms, leave: rooms }), {}),
})

export interface SyncAnswer {
  rooms: SyncBatch['rooms']
  left: RoomId[]
  invited: RoomId[]
}

/** The room's state after the timeline: said as such, or to be made of the state before it and its events. */
function stateAfter(room: v.InferOutput<typeof joined>, read: (raw: unknown[]) => RoomEvent[]): RoomEvent[] {
  const after = room['org.matrix.msc4222.state_after']
  const events = after ? after.events : [...room.state.events, ...room.timeline.events]
  return read(events).filter((e) => e.state_key !== undefined)
}

/** What the answer says of the rooms in `named`: Synapse adds stubs of others where members are loaded lazily. */
export function readSync(raw: unknown, named: ReadonlySet<RoomId>): SyncAnswer {
  const { join, invite, leave } = parseOrNull(syncSchema, raw)?.rooms ?? { join: {}, invite: {}, leave: {} }
  const ours = (ids: object) => (Object.keys(ids) as RoomId[]).filter((id) => named.has(id))
  return {
    rooms: ours(join).flatMap((id) => {
      const room = parseOrNull(joined, join[id])
      if (!room) return []
      const read = (list: unknown[]) => list.flatMap((e) => readRoomEvent(id, e) ?? [])
      const { limited, prev_batch } = room.timeline
      return [{ id, state: stateAfter(room, read), timeline: read(room.timeline.events), limited, prev_batch }]
    }),
    left: ours(leave),
    invited: Object.keys(invite) as RoomId[],
  }
}

/** Synapse's positions begin with the number of the newest event, `s72_…`, or of the writer furthest behind, `m72~…`. */
const eventsOf = (position: string) => Number(/^[sm](\d+)/.exec(position)?.[1] ?? NaN)

/** Whether a homeserver has gone back in time: one restored from a copy answers 200 and nothing (docs/protocol.md, Epoch). */
export const wentBack = (since: string, next: string): boolean => eventsOf(next) < eventsOf(since)
