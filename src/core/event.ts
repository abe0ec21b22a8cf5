/** A room event as Matrix gives it, reduced to what we keep. Names and shapes: Matrix client-server API, "Room event format". */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { eventId, roomId, timestamp, userId, type ClientId, type RoomId } from './ids.ts'

const fields = {
  event_id: eventId,
  sender: userId,
  type: v.string(),
  state_key: v.optional(v.string()),
  origin_server_ts: timestamp,
  content: v.record(v.string(), v.unknown()),
}
const wire = v.object(fields)
export const roomEventSchema = v.object({ ...fields, room_id: roomId })

export type RoomEvent = v.InferOutput<typeof roomEventSchema>

/** Reads an event of a sync response or of `/messages`, where `room_id` may be missing; null when it is none. */
export function readRoomEvent(room_id: RoomId, raw: unknown): RoomEvent | null {
  const event = parseOrNull(wire, raw)
  return event && { ...event, room_id }
}

/** The event types of ours. */
export const TYPE = {
  room: 'de.notanker.room',
  alert: 'de.notanker.alert',
  activeSite: 'de.notanker.active_site',
  site: 'de.notanker.site',
  heartbeat: 'de.notanker.heartbeat',
  drill: 'de.notanker.drill',
  proposal: 'de.notanker.proposal',
  template: 'de.notanker.template',
  tally: 'de.notanker.tally',
  playbook: 'de.notanker.playbook',
  playbookBody: 'de.notanker.playbook.body',
  contacts: 'de.notanker.contacts',
  clientId: 'de.notanker.client_id',
  read: 'de.notanker.read',
} as const

/** The id that a person's device has given to what it sends: the same in every copy of it. */
export function clientIdOf({ content }: Pick<RoomEvent, 'content'>): ClientId | null {
  const id = content[TYPE.clientId]
  return typeof id === 'string' ? (id as ClientId) : null
}
