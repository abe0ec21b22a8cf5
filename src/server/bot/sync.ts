/** A `/sync` answer as the bot reads it. Source: Matrix client-server API, "Syncing". */
import * as v from 'valibot'
import { readRoomEvent, TYPE, type RoomEvent } from '../../core/event.ts'
import type { RoomId } from '../../core/ids.ts'
import { parse, parseOrNull } from '../../core/parse.ts'

const raw = v.optional(v.object({ events: v.optional(v.array(v.unknown()), []) }), { events: [] })
const joined = v.object({
  state: raw,
  timeline: v.optional(
    v.object({
      events: v.optional(v.array(v.unknown()), []),
      limited: v.optional(v.boolean(), false),
    }),
    { events: [], limited: false },
  ),
})
const syncSchema = v.object({
  next_batch: v.string(),
  to_device: v.optional(v.object({ events: v.optional(v.array(v.unknown()), []) }), { events: [] }),
  rooms: v.optional(
    v.object({
      join: v.optional(v.record(v.string(), joined), {}),
      invite: v.optional(v.record(v.string(), v.unknown()), {}),
      leave: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
    { join: {}, invite: {}, leave: {} },
  ),
})

export interface JoinedRoom {
  id: RoomId
  state: RoomEvent[]
  timeline: RoomEvent[]
  /** Something before `timeline` was left out. */
  limited: boolean
}

export interface SyncAnswer {
  next: string
  joined: JoinedRoom[]
  invited: RoomId[]
  left: RoomId[]
  /** Messages to the bot's own device. */
  direct: v.InferOutput<typeof direct>[]
}

const direct = v.object({ type: v.string(), content: v.record(v.string(), v.unknown()) })

/** Throws when it is no sync answer: the position must not move past what could not be read. */
export function readSync(answer: unknown): SyncAnswer {
  const parsed = parse(syncSchema, answer)
  if (!parsed.ok) throw new Error(`sync: ${parsed.reason}`)
  const { next_batch, rooms, to_device } = parsed.value
  const joined = Object.entries(rooms.join).map(([key, { state, timeline }]) => {
    const id = key as RoomId
    const read = (events: unknown[]) => events.flatMap((e) => readRoomEvent(id, e) ?? [])
    return { id, state: read(state.events), timeline: read(timeline.events), limited: timeline.limited }
  })
  const ids = (of: object) => Object.keys(of) as RoomId[]
  return {
    next: next_batch,
    joined,
    invited: ids(rooms.invite),
    left: ids(rooms.leave),
    direct: to_device.events.flatMap((e) => parseOrNull(direct, e) ?? []),
  }
}

const STATE = [
  'm.room.create',
  'm.room.power_levels',
  'm.room.member',
  'm.room.encryption',
  'm.space.child',
  TYPE.room,
  TYPE.activeSite,
  TYPE.drill,
  TYPE.proposal,
  TYPE.template,
]
/** What of a room's past the bot reads. */
export const PAST = ['m.room.message', TYPE.tally]

/** The filter that names the agency's rooms. No lazy loading: audiences need all members. */
export const filterOf = (rooms: readonly RoomId[]): object => ({
  presence: { types: [] },
  account_data: { types: [] },
  room: {
    rooms,
    account_data: { types: [] },
    ephemeral: { types: [] },
    state: { types: STATE, lazy_load_members: false },
    timeline: { types: [...STATE, ...PAST], limit: 100 },
  },
})
