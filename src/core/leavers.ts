/** Who has left the agency, as one homeserver tells it. Rules KEEP-3, KEEP-4 in docs/spec.md. */
import { accountAt, isBot, personOf, type Deployment } from './deployment.ts'
import type { PersonId, RoomId, UserId } from './ids.ts'
import { spaceChildren, stateOf, statesOf, type RoomRecord } from './room.ts'

/** Every account that is this person's (ROOM-5). */
export const accountsOf = (deployment: Deployment, person: PersonId): UserId[] =>
  person.startsWith('@')
    ? [person as string as UserId]
    : [...new Set(deployment.sites.map((site) => accountAt(site, person)))]

/** What a membership says of somebody's place in a room; null: nothing. */
export function placeOf(membership: unknown): 'in' | 'out' | null {
  if (membership === 'join' || membership === 'invite') return 'in'
  return membership === 'leave' || membership === 'ban' ? 'out' : null
}

/**
 * People whom the space names as gone, and who have no account in it or in any of its rooms, nor an invitation. Nobody,
 * while a room of the space is not known: who was never heard of, or may be there, has not left.
 */
export function peopleWhoLeft(deployment: Deployment, records: ReadonlyMap<RoomId, RoomRecord>): ReadonlySet<PersonId> {
  const space = records.get(deployment.space)
  if (!space) return new Set()
  const rooms = spaceChildren(space).map(({ id }) => records.get(id))
  if (rooms.some((room) => room === undefined)) return new Set()
  const all = [space, ...rooms.flatMap((room) => room ?? [])]
  const isIn = (account: UserId) =>
    all.some((room) => placeOf(stateOf(room, 'm.room.member', account)?.content['membership']) === 'in')
  const out = statesOf(space, 'm.room.member').flatMap(({ content, state_key }) => {
    const account = state_key as UserId
    return placeOf(content['membership']) === 'out' && !isBot(deployment, account)
      ? [personOf(deployment, account)]
      : []
  })
  return new Set(out.filter((person) => !accountsOf(deployment, person).some(isIn)))
}
