/** Joins the agency's rooms, and no others: the space of the deployment file, and what it names as its children. */
import * as v from 'valibot'
import type { Deployment } from '../core/deployment.ts'
import { parseOrNull } from '../core/parse.ts'
import type { RoomId } from '../core/ids.ts'
import type { Account, Clock, Projection } from '../core/ports.ts'
import { spaceChildren, stateKey, stateOf, type RoomRecord } from '../core/room.ts'
import { request, V3 } from './request.ts'
import { creation } from './rooms.ts'
import { readSync } from './sync-answer.ts'

const JOIN_MS = 30_000
const LOOK_MS = 30_000
/** Names to join through; more are not looked at. */
const VIA = 3
const ATTEMPTS = 3
const MAX_WAIT_MS = 10_000

const enc = encodeURIComponent

/** True: joined; false: not for this person; null: the homeserver did not say. */
async function join(account: Account, clock: Clock, room: RoomId, via: string[]): Promise<boolean | null> {
  const query = via.slice(0, VIA).map((server) => `via=${enc(server)}`)
  for (let attempt = 1; ; attempt += 1) {
    const answer = await request(account, 'POST', `${V3}/join/${enc(room)}?${query.join('&')}`, {
      body: {},
      timeout: JOIN_MS,
    })
    if (answer.ok) return true
    if (answer.status !== 429 || attempt === ATTEMPTS) return answer.status >= 400 && answer.status < 500 ? false : null
    // Everybody joins at once after a roll-out: spread it.
    const wait = Math.min(answer.retry_after_ms ?? 1000, MAX_WAIT_MS) * (1 + clock.random())
    await new Promise<void>((resolve) => clock.at(clock.now() + wait, resolve))
  }
}

/**
 * The space's children, and what the account is invited to. By a sync of the space alone: `/state` would bring all its
 * members. Synapse repeats the answer to the same filter for two minutes, hence the random limit.
 */
async function look(
  account: Account,
  clock: Clock,
  space: RoomId,
): Promise<{ record: RoomRecord; invited: RoomId[] } | 'not_in' | null> {
  const filter = {
    presence: { types: [] },
    account_data: { types: [] },
    room: {
      rooms: [space],
      account_data: { types: [] },
      ephemeral: { types: [] },
      state: { types: ['m.space.child', 'm.room.power_levels'] },
      timeline: { types: [], limit: 1 + Math.floor(clock.random() * 1000) },
    },
  }
  const query = `filter=${enc(JSON.stringify(filter))}&timeout=0&set_presence=offline`
  const [answer, created] = await Promise.all([
    request(account, 'GET', `${V3}/sync?${query}`, { timeout: LOOK_MS }),
    creation(account, space),
  ])
  if (!answer.ok) return null
  const { rooms, invited } = readSync(answer.body, new Set([space]))
  if (!rooms.length) return 'not_in'
  // Without it its children would seem to be named by nobody.
  if (!created) return null
  const events = [...rooms.flatMap((room) => room.state), created]
  const state = new Map(events.map((e) => [stateKey(e.type, e.state_key), e]))
  return { record: { id: space, state, timeline: [] }, invited }
}

const summaryBody = v.object({ join_rule: v.string(), membership: v.optional(v.string()) })
/** Rules by which somebody who is not invited may come in. */
const OPEN = ['public', 'restricted', 'knock_restricted']

/**
 * Whether the account may come into a room that it is not in. Asked first, because a refused attempt counts against its
 * joins. Not by `/hierarchy`, which needs the room statistics that some homeservers do without, and tells of 50 rooms only.
 */
async function mayJoin(account: Account, room: RoomId): Promise<boolean> {
  const answer = await request(account, 'GET', `/_matrix/client/v1/room_summary/${enc(room)}`)
  const summary = answer.ok ? parseOrNull(summaryBody, answer.body) : null
  if (!summary || summary.membership === 'join') return false
  return summary.membership === 'invite' || OPEN.includes(summary.join_rule)
}

/**
 * Nowhere is asked for all rooms that the account is in: there may be hundreds that are none of ours. What the space names
 * is here once it was synced, and where the account is in, its syncs say.
 */
export async function joinAgencyRooms(
  { projection, clock }: { projection: Projection; clock: Clock },
  account: Account,
  deployment: Deployment,
): Promise<RoomId[] | null> {
  const { space, sites } = deployment
  const { rooms } = await projection.load()
  const known = rooms.get(space)
  const children = known && stateOf(known, 'm.room.create') ? spaceChildren(known) : []
  // One that names no rooms was not read yet: its creation comes first, and a start may have been cut off there (SYNC-23).
  if (children.length) {
    const named = [{ id: space, via: sites.map((site) => site.server_name) }, ...children]
    const joined = (await projection.position(account.user))?.joined ?? named.map(({ id }) => id)
    const missing = named.filter(({ id }) => !joined.includes(id))
    const may = await Promise.all(missing.map(({ id }) => mayJoin(account, id)))
    for (const { id, via } of missing.filter((_, i) => may[i])) await join(account, clock, id, via)
    return named.map(({ id }) => id)
  }
  return joinOffered(clock, account, deployment)
}

/** Asks the homeserver itself what it has for the account: also for one that does not sync there. Null: it did not say. */
export async function joinOffered(
  clock: Clock,
  account: Account,
  { space, sites }: Deployment,
): Promise<RoomId[] | null> {
  let seen = await look(account, clock, space)
  if (seen === 'not_in') {
    const servers = sites.map((site) => site.server_name)
    const came = await join(account, clock, space, servers)
    if (!came) return came === null ? null : []
    seen = await look(account, clock, space)
  }
  if (seen === null || seen === 'not_in') return null
  const children = spaceChildren(seen.record)
  for (const { id, via } of children) if (seen.invited.includes(id)) await join(account, clock, id, via)
  return [space, ...children.map(({ id }) => id)]
}
