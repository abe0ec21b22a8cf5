/**
 * The alarm of last resort: no homeserver answers, a relay does, and rings by the rights that it saw last. Rules LAST-* in
 * docs/spec.md.
 */
import * as v from 'valibot'
import { alertSchema, type AlertContent, type AlertRevision } from './alert.ts'
import { isBot, personOf, siteOfUser, type Deployment } from './deployment.ts'
import type { Dispatch } from './dispatch.ts'
import { timestamp, type PersonId, type RoomId, type SiteId, type UserId } from './ids.ts'
import { isUnderWay } from './outbox.ts'
import type { RelayStatus } from './relay.ts'
import { maySendAlert, peopleOf, statesOf, type AgencyRoom } from './room.ts'

/** `POST /v1/alarms` → since when it rings, ms. */
export const alarmRequest = v.object({ v: v.literal(1), alert: alertSchema })
export const alarmReply = v.object({ at: timestamp })

/** What a relay saw last of an alert room: the accounts that may send alerts there, and its people. */
export interface LastSeen {
  leads: UserId[]
  people: PersonId[]
}

/** Null: no room that alerts are sent in. */
export function lastSeenOf(deployment: Deployment, room: AgencyRoom): LastSeen | null {
  if (room.kind !== 'alert') return null
  const joined = statesOf(room.record, 'm.room.member').flatMap(({ content, state_key }) =>
    content['membership'] === 'join' ? [state_key as UserId] : [],
  )
  const leads = joined.filter((user) => !isBot(deployment, user) && maySendAlert(room, user))
  return { leads, people: peopleOf(deployment, room.record).map(({ person }) => person) }
}

/**
 * The account by which somebody may alert all these rooms, at site `self` if they have one there; null: one of the rooms
 * lets none of their accounts do that (LAST-2).
 */
export function senderOf(
  deployment: Deployment,
  rooms: readonly LastSeen[],
  person: PersonId,
  self: SiteId,
): UserId | null {
  const mine = rooms.map(({ leads }) => leads.filter((user) => personOf(deployment, user) === person))
  if (mine.some((accounts) => accounts.length === 0)) return null
  const all = mine.flat()
  return all.find((user) => siteOfUser(deployment, user)?.id === self) ?? all[0] ?? null
}

/** Whether a homeserver answers, by what one monitor sees; null: it has not seen enough (LAST-1). */
export function doesAnyAnswer(sites: RelayStatus['sites']): boolean | null {
  const all = Object.values(sites)
  if (all.some(({ up, checks }) => up === true || checks.homeserver === true)) return true
  return all.every(({ up }) => up === false) ? false : null
}

/** What stands for the room events that are not there yet, one a room of the audience. */
export const alarmRevisions = (content: AlertContent, sender: UserId, at: number): AlertRevision[] =>
  content.audience.rooms.map((room_id: RoomId, i) => ({
    content,
    event_id: `$alarm.${content.id}.${content.rev}.${i}`,
    room_id,
    sender,
    at,
  }))

/** Whether what was written may ring without a room: no site can have it, and none has refused it (LAST-7). */
export const mayAlarm = ({ items, content }: Dispatch): boolean =>
  content.status !== 'Test' && items.every(({ delivery }) => isUnderWay(delivery))
