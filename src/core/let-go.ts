/** Which of the rows of rooms are let go of when something else has no room (DEVICE-1). */
import { TYPE, type RoomEvent } from './event.ts'

/** The older half of what people wrote; alerts and everything else that is read from events stay. */
export function oldestMessages(events: readonly RoomEvent[]): RoomEvent[] {
  const messages = events.filter((e) => e.type === 'm.room.message' && !(TYPE.alert in e.content))
  return messages.toSorted((a, b) => a.origin_server_ts - b.origin_server_ts).slice(0, Math.ceil(messages.length / 2))
}
