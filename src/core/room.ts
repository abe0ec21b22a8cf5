/** Rooms of the agency: which count, who may do what in them, who is in. Rules ROOM-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { TYPE, type RoomEvent } from './event.ts'
import { isBot, personOf, type Deployment } from './deployment.ts'
import type { PersonId, RoomId, UserId } from './ids.ts'

/** What is known of one joined room: its state by `stateKey` and its newest timeline events, oldest first. */
export interface RoomRecord {
  id: RoomId
  state: ReadonlyMap<string, RoomEvent>
  timeline: readonly RoomEvent[]
  /** Older messages are on the device, and not among these. */
  earlier?: boolean
}

export const stateKey = (type: string, key = ''): string => `${type}\n${key}`
export const stateOf = (room: RoomRecord, type: string, key = ''): RoomEvent | undefined =>
  room.state.get(stateKey(type, key))
export const statesOf = (room: RoomRecord, type: string): RoomEvent[] =>
  [...room.state.values()].filter((e) => e.type === type)

export const ROOM_KINDS = ['alert', 'handbook', 'lage', 'staff', 'team'] as const
export type RoomKind = (typeof ROOM_KINDS)[number]

const roomContent = v.object({ v: v.literal(1), kind: v.picklist(ROOM_KINDS), title: v.string() })

/** What an event says of the kind of its room. */
export const kindOfRoom = ({ content }: RoomEvent): RoomKind | null => parseOrNull(roomContent, content)?.kind ?? null

export interface AgencyRoom {
  id: RoomId
  kind: RoomKind
  title: string
  encrypted: boolean
  record: RoomRecord
}

/** Rooms that the space names as its children, with the servers to join them through. */
export function spaceChildren(space: RoomRecord): { id: RoomId; via: string[] }[] {
  const content = v.object({ via: v.array(v.string()) })
  return statesOf(space, 'm.space.child').flatMap((e) => {
    const child = parseOrNull(content, e.content)
    return child && setWithPower(space, e) && e.state_key?.startsWith('!')
      ? [{ id: e.state_key as RoomId, via: child.via }]
      : []
  })
}

/** A room that says what it is. */
export function agencyRoom(record: RoomRecord): AgencyRoom | null {
  const event = stateOf(record, TYPE.room)
  const content = event && parseOrNull(roomContent, event.content)
  if (!content || !setWithPower(record, event)) return null
  const encrypted = stateOf(record, 'm.room.encryption') !== undefined
  return { id: record.id, kind: content.kind, title: content.title, encrypted, record }
}

/** The agency's rooms among all known ones: children of the deployment's space that say what they are (ROOM-1). */
export function agencyRooms(
  space: RoomId,
  records: ReadonlyMap<RoomId, RoomRecord>,
  read: typeof agencyRoom = agencyRoom,
): AgencyRoom[] {
  const root = records.get(space)
  if (!root) return []
  return spaceChildren(root).flatMap(({ id }) => {
    const record = records.get(id)
    return (record && read(record)) ?? []
  })
}

/** What somebody has: a level that cannot be read gives nothing. */
const level = v.fallback(v.number(), 0)
/** What something needs; null: it cannot be read. */
const need = v.fallback(v.nullable(v.number()), null)
const powerLevels = v.object({
  users: v.optional(v.record(v.string(), level), {}),
  users_default: v.optional(level, 0),
  events: v.optional(v.record(v.string(), need), {}),
  events_default: v.optional(need, 0),
  state_default: v.optional(need, 50),
})
const createContent = v.object({
  room_version: v.optional(v.string(), '1'),
  additional_creators: v.optional(v.array(v.string()), []),
})

function levelsOf(room: RoomRecord): v.InferOutput<typeof powerLevels> | null {
  const event = stateOf(room, 'm.room.power_levels')
  return event ? parseOrNull(powerLevels, event.content) : null
}

/** Creators of a room of version 12 or later, who stand above every level (MSC4289); nobody in older ones. */
export function creatorsOf(create: RoomEvent): string[] {
  const content = parseOrNull(createContent, create.content)
  return content && Number(content.room_version) >= 12 ? [create.sender, ...content.additional_creators] : []
}

/** A user's power level. */
export function powerOf(room: RoomRecord, user: UserId): number {
  const create = stateOf(room, 'm.room.create')
  if (create && creatorsOf(create).includes(user)) return Number.POSITIVE_INFINITY
  const levels = levelsOf(room)
  if (!levels) return create?.sender === user ? 100 : 0
  return levels.users[user] ?? levels.users_default
}

/**
 * The level that the server asks of whoever sends an event of this type; null: it cannot be read. Source: spec,
 * "m.room.power_levels".
 */
function neededFor(room: RoomRecord, type: string, state: boolean): number | null {
  const levels = levelsOf(room)
  const own = levels?.events[type]
  if (!levels || own !== undefined) return own ?? null
  return state ? levels.state_default : levels.events_default
}

/** Whether the server would let `user` send an event of this type (state events: `state`). What cannot be read opens nothing. */
export const maySend = (room: RoomRecord, user: UserId, type: string, state = false): boolean =>
  powerOf(room, user) >= (neededFor(room, type, state) ?? 100)

/** Managers are those whom an alert room lets send alerts: power 50 (docs/protocol.md, Rooms). */
export const LEAD_POWER = 50

/**
 * Whether a state event was set with the agency's power (ROOM-2): the room asks for it, so the server has checked, also
 * where the sender has left since; or, in a room that lets anybody write, the sender has it.
 */
export const setWithPower = (room: RoomRecord, event: RoomEvent): boolean =>
  (neededFor(room, event.type, true) ?? 0) >= LEAD_POWER || powerOf(room, event.sender) >= LEAD_POWER

export const maySendAlert = (room: AgencyRoom, user: UserId): boolean =>
  room.kind === 'alert' && powerOf(room.record, user) >= LEAD_POWER && maySend(room.record, user, 'm.room.message')

export interface Member {
  person: PersonId
  name: string
}

/** The people of a room: joined accounts, one entry a person, no bots (head counts and names). */
export function peopleOf(deployment: Deployment, room: RoomRecord): Member[] {
  const people = new Map<PersonId, Member>()
  for (const e of statesOf(room, 'm.room.member')) {
    const user = e.state_key as UserId
    if (e.content['membership'] !== 'join' || isBot(deployment, user)) continue
    const person = personOf(deployment, user)
    const name = typeof e.content['displayname'] === 'string' ? e.content['displayname'] : person
    if (!people.has(person)) people.set(person, { person, name })
  }
  return [...people.values()]
}
