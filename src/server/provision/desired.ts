/** What the rooms of a plan shall look like: pure, so that a dry run and a real one cannot differ. */
import { TYPE } from '../../core/event.ts'
import type { RoomKind } from '../../core/room.ts'
import type { RoomId, UserId } from '../../core/ids.ts'
import { contactsState, playbookState, templatesState, type StateEvent } from './handbook.ts'
import { managersOf, membersOf, type Plan, type PlanRoom } from './plan.ts'
import { powerLevels } from './power.ts'

/** A site whose homeserver is provisioned. The first one's bot creates the rooms. */
export interface ProvisionSite {
  id: string
  name: string
  server_name: string
  /** Base address of its client API. */
  homeserver: string
  registration_shared_secret: string
}

export const BOT = 'notanker'
/** Key of the space among the rooms' keys; no room may have it, since `:` is no letter of theirs. */
export const SPACE = ':space'

export const accountOf = (site: Pick<ProvisionSite, 'server_name'>, localpart: string): UserId =>
  `@${localpart}:${site.server_name}`
export const accountsOf = (sites: readonly ProvisionSite[], people: readonly string[]): UserId[] =>
  people.flatMap((person) => sites.map((site) => accountOf(site, person)))
export const botsOf = (sites: readonly ProvisionSite[]): UserId[] => sites.map((site) => accountOf(site, BOT))

/** State that holds as long as the plan says so, and state that is only set where there is none yet. */
export interface DesiredRoom {
  key: string
  kind: RoomKind | 'space'
  title: string
  people: string[]
  state: StateEvent[]
  once: StateEvent[]
}

const state = (type: string, content: Record<string, unknown>, key = ''): StateEvent => ({ type, key, content })

/** The state that every room of ours has. `key` tells provisioning which room of the plan this is. */
function common(
  kind: RoomKind | 'space',
  key: string,
  title: string,
  managers: UserId[],
  people: number,
): StateEvent[] {
  return [
    state('m.room.name', { name: title }),
    state('m.room.power_levels', { ...powerLevels(kind, managers, people) }),
    state('m.room.history_visibility', { history_visibility: 'shared' }),
    state('m.room.guest_access', { guest_access: 'forbidden' }),
    state(TYPE.room, { v: 1, kind, title, key }),
  ]
}

export function desiredSpace(plan: Plan, sites: readonly ProvisionSite[]): DesiredRoom {
  const people = plan.people.map((p) => p.person)
  const managers = accountsOf(sites, managersOf(plan))
  const invited = state('m.room.join_rules', { join_rule: 'invite' })
  const all = [...common('space', SPACE, plan.agency.name, managers, people.length), invited]
  return { key: SPACE, kind: 'space', title: plan.agency.name, people, state: all, once: [] }
}

/** Rooms for everybody open themselves to the space's members; others are by invitation (docs/protocol.md, Joining). */
function joinRules(room: PlanRoom, space: RoomId): StateEvent {
  const forEverybody = room.members === 'all' && (room.kind === 'alert' || room.kind === 'handbook')
  if (!forEverybody) return state('m.room.join_rules', { join_rule: 'invite' })
  return state('m.room.join_rules', { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: space }] })
}

/** `now` in ms: since when the first site is the active one. */
export function desiredRoom(
  plan: Plan,
  sites: readonly ProvisionSite[],
  room: PlanRoom,
  space: RoomId,
  now: number,
): DesiredRoom {
  const { key, kind, title } = room
  const people = membersOf(plan, room)
  const managers = accountsOf(
    sites,
    managersOf(plan).filter((m) => people.includes(m)),
  )
  const isFirstHandbook = plan.rooms.find((r) => r.kind === 'handbook') === room
  const handbook = isFirstHandbook
    ? [...plan.playbooks.flatMap(playbookState), ...plan.contacts.map(contactsState), ...templatesState(plan.templates)]
    : []
  const active = { v: 1, site: sites[0]!.id, since: now, closed: [], by: 'provision', status: 'Actual' }
  return {
    key,
    kind,
    title,
    people,
    state: [...common(kind, key, title, managers, people.length), joinRules(room, space), ...handbook],
    once: kind === 'alert' ? [state(TYPE.activeSite, active)] : [],
  }
}

/** The space's entry for a room: join through any site. */
export function spaceChild(sites: readonly ProvisionSite[], room: RoomId): StateEvent {
  return state('m.space.child', { via: sites.map((s) => s.server_name) }, room)
}
