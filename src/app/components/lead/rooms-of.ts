/** The rooms that an alert is for. One that came by push, shortened, names none: those that it was seen in. */
import type { RoomId } from '../../../core/ids.ts'
import type { AlertView } from '../../views.ts'

export const roomsOf = ({ content, alert }: AlertView): RoomId[] =>
  content.audience.rooms.length ? content.audience.rooms : alert.rooms
