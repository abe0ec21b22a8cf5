/** Which messages ring. Rules PUSH-26 to PUSH-29 in docs/spec.md. */
import { isBot, personOf, type Deployment } from './deployment.ts'
import { clientIdOf, type RoomEvent } from './event.ts'
import type { PersonId } from './ids.ts'
import type { AgencyRoom } from './room.ts'

/** What a homeserver gets late, from a site that was away, is read and no longer rung for, ms. */
const FRESH = 10 * 60_000
/** So long a room is quiet after it has rung, ms. */
export const ROOM_QUIET = 30_000

export interface RingingMessage {
  from: PersonId
  /** The same for every copy that somebody's app has sent, through whichever site. */
  message: string
}

/** Null: it does not ring. `now` in ms. */
export function ringingMessage(
  deployment: Deployment,
  { kind }: Pick<AgencyRoom, 'kind'>,
  event: RoomEvent,
  now: number,
): RingingMessage | null {
  if (kind !== 'staff' && kind !== 'team') return null
  if (event.type !== 'm.room.message' || isBot(deployment, event.sender)) return null
  if (now - event.origin_server_ts > FRESH) return null
  const relation = event.content['m.relates_to'] as { rel_type?: unknown } | undefined
  if (relation?.rel_type === 'm.replace') return null
  const from = personOf(deployment, event.sender)
  return { from, message: `${from} ${clientIdOf(event) ?? event.event_id}` }
}
