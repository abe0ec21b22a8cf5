/** What a room that is there already can have of what a plan wants: not every room is of our making, nor of version 12. */
import type { UserId } from '../../core/ids.ts'
import { creatorsOf, stateOf, type RoomRecord } from '../../core/room.ts'
import type { StateEvent } from './handbook.ts'
import type { PowerLevels } from './power.ts'

/** What our bots have where they are no creators, which is all there is (spec, "Authorization rules"). */
export const ALL_RIGHTS = 100
/** The first room version that knows restricted rooms. */
const RESTRICTED_FROM = 8

export const versionOf = (room: RoomRecord): number =>
  Number(stateOf(room, 'm.room.create')?.content['room_version'] ?? 1)

const creatorsIn = (room: RoomRecord): string[] => {
  const create = stateOf(room, 'm.room.create')
  return create ? creatorsOf(create) : []
}
const levelsIn = (room: RoomRecord) => (stateOf(room, 'm.room.power_levels')?.content ?? {}) as Partial<PowerLevels>

/** Users who are no bots of ours and have the same rights as these: nobody can take them away. */
export function equalsIn(room: RoomRecord, bots: UserId[]): UserId[] {
  if (creatorsIn(room).includes(bots[0]!)) return []
  const users = Object.entries(levelsIn(room).users ?? {}) as [UserId, number][]
  return users.filter(([user, level]) => level >= ALL_RIGHTS && !bots.includes(user)).map(([user]) => user)
}

/** What a bot with 100 can set of it; rights above its own stay as they are. */
function withinReach(room: RoomRecord, wanted: PowerLevels['events']): PowerLevels['events'] {
  const capped = Object.entries(wanted).map(([type, level]) => [type, Math.min(level, ALL_RIGHTS)] as const)
  const above = Object.entries(levelsIn(room).events ?? {}).filter(([, level]) => level > ALL_RIGHTS)
  return Object.fromEntries([...capped, ...above])
}

function fitting(room: RoomRecord, wanted: PowerLevels, bots: UserId[]): PowerLevels {
  const creators = creatorsIn(room)
  // Bots of sites that came after the room was made cannot become creators any more.
  const mighty = [...bots.filter((bot) => !creators.includes(bot)), ...equalsIn(room, bots)]
  const users = { ...wanted.users, ...Object.fromEntries(mighty.map((user) => [user, ALL_RIGHTS])) }
  return { ...wanted, users, events: creators.includes(bots[0]!) ? wanted.events : withinReach(room, wanted.events) }
}

/** A state event as the room can have it. */
export function asIn(room: RoomRecord, wanted: StateEvent, bots: UserId[]): StateEvent {
  if (wanted.type === 'm.room.join_rules' && !(versionOf(room) >= RESTRICTED_FROM))
    return { ...wanted, content: { join_rule: 'invite' } }
  if (wanted.type !== 'm.room.power_levels') return wanted
  return { ...wanted, content: { ...fitting(room, wanted.content as unknown as PowerLevels, bots) } }
}
