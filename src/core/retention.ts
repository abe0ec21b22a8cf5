/**
 * What of the rooms stays on the device, and what of it a start reads (docs/adr/0014-what-stays-on-the-device.md).
 * Rules SYNC-12 and following.
 */
import { TYPE, type RoomEvent } from './event.ts'
import type { RoomKind } from './room.ts'
import type { AlertId } from './ids.ts'

/** Of a room's timeline: the first three stay for ever, of the others the newest do. */
export type RowClass = 'alert' | 'site' | 'tally' | LetGo
export type LetGo = 'message' | 'other'

/** So many of a class stay in each room. */
export const KEEP = 500
/** From so many on the surplus goes: not at each event. A walk into the past ends there too, so that it leaves no hole. */
export const LET_GO_AT = 600
/** So many messages of each room are read at a start, and further back at a time. */
export const PAGE = 50

/** `kind` of its room, null while unknown: elsewhere nobody fills the device with what looks like an alert (ALERT-1). */
export function classOf({ type, content }: RoomEvent, kind: RoomKind | null): RowClass {
  const inside = (own: RoomKind) => kind === null || kind === own
  switch (type) {
    case TYPE.activeSite:
      return inside('alert') ? 'site' : 'other'
    case TYPE.tally:
      return inside('lage') ? 'tally' : 'other'
    case 'm.room.message':
      return TYPE.alert in content && inside('alert') ? 'alert' : 'message'
    case 'm.room.encrypted':
      return 'message'
    default:
      return 'other'
  }
}

export const isLetGo = (rows: RowClass): rows is LetGo => rows === 'message' || rows === 'other'

/** The alert that a tally is about, by what it says. */
export function aboutOf({ type, content }: RoomEvent): AlertId | null {
  const alert = type === TYPE.tally ? content['alert'] : null
  return typeof alert === 'string' ? (alert as AlertId) : null
}
