/** What the kinds of rooms look like, and under which heading they stand. */
import type { SignName } from '../../signs.ts'
import type { RoomKind } from '../../../core/room.ts'
import type { RoomView } from '../../views.ts'

export const ROOM_SIGNS: Record<RoomKind, SignName> = {
  alert: 'lead',
  handbook: 'book',
  lage: 'pulse',
  staff: 'sender',
  team: 'people',
}

export type RoomGroup = 'alerts' | 'crisis_team' | 'teams'
const GROUPS: Record<RoomKind, RoomGroup | null> = {
  alert: 'alerts',
  staff: 'crisis_team',
  lage: 'crisis_team',
  team: 'teams',
  // Nobody talks there: its content stands in Handbuch.
  handbook: null,
}

const newestFirst = (a: RoomView, b: RoomView) =>
  (b.last?.at ?? 0) - (a.last?.at ?? 0) || a.title.localeCompare(b.title)

/** Rooms under their headings, those where something happened last on top. */
export function roomGroups(rooms: readonly RoomView[]): { group: RoomGroup; rooms: RoomView[] }[] {
  const order: RoomGroup[] = ['alerts', 'crisis_team', 'teams']
  return order
    .map((group) => ({ group, rooms: rooms.filter((r) => GROUPS[r.kind] === group).toSorted(newestFirst) }))
    .filter(({ rooms: some }) => some.length > 0)
}
