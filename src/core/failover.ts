/** The declaration of the active site: who may, which one counts, when one is due. Rules SITE-* and SWITCH-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { TYPE, type RoomEvent } from './event.ts'
import { maySend, stateOf, type AgencyRoom } from './room.ts'
import { siteById, type Deployment } from './deployment.ts'
import { uuidFrom, type Sha256 } from './uuid.ts'
import { timestamp, uuid, type SiteId } from './ids.ts'
import type { MoveKind } from './template.ts'
import type { Verdict } from './verdict.ts'

export const activeSiteSchema = v.object({
  v: v.literal(1),
  site: v.string(),
  /** The site that was active before, so that whoever goes on after a crash can still tell of the move. */
  from: v.optional(v.string()),
  since: timestamp,
  closed: v.optional(v.array(v.string()), []),
  incident: v.optional(uuid),
  /** The incident that this takes back: its alert is withdrawn, and no other one is sent (SWITCH-10). */
  corrects: v.optional(uuid),
  /** The incident of a proposal that this turns down: people stay where they are (SWITCH-17). */
  declines: v.optional(uuid),
  by: v.picklist(['monitor', 'manager', 'provision']),
  status: v.optional(v.picklist(['Actual', 'Exercise']), 'Actual'),
})
export type ActiveSite = v.InferOutput<typeof activeSiteSchema>

function read(room: AgencyRoom, event: RoomEvent, type: string): ActiveSite | null {
  if (room.kind !== 'alert' || event.type !== type) return null
  if (!maySend(room.record, event.sender, type, true)) return null
  return parseOrNull(activeSiteSchema, event.content)
}

/** The active site that an event of an alert room declares, if its sender may declare one there (SITE-4). */
export const readActiveSite = (room: AgencyRoom, event: RoomEvent): ActiveSite | null =>
  read(room, event, TYPE.activeSite)

/** A switch that is only practised: told like one, marked as a drill, and followed by no phone (SWITCH-13). */
export function readDrill(room: AgencyRoom, event: RoomEvent): ActiveSite | null {
  const drill = read(room, event, TYPE.drill)
  return drill && { ...drill, status: 'Exercise' }
}

/** The order in which declarations count: above 0 where `a` is the later one; of two of the same moment everybody takes the same. */
export const byMoment = (a: ActiveSite, b: ActiveSite): number =>
  a.since - b.since || (a.site < b.site ? -1 : a.site > b.site ? 1 : 0)

/** When a declaration is made that counts after `last`, ms, whatever the clock says (SITE-13). */
export const momentAfter = (last: ActiveSite | null, now: number): number => Math.max(now, (last?.since ?? 0) + 1)

/** Of several rooms' declarations the latest counts. */
export const latestActiveSite = (declared: readonly ActiveSite[]): ActiveSite | null =>
  declared.toSorted(byMoment).at(-1) ?? null

/** A declaration as alert rooms hold it. */
export interface KnownDeclaration {
  declared: ActiveSite
  /** When it was first written there, by the clock of a homeserver, ms: `since` is by that of whoever wrote it. */
  at: number
}

/** The latest of what rooms declare. A site that the file does not name is nowhere to go: it counts for nothing (SITE-4). */
export function latestDeclaration(deployment: Deployment, all: readonly KnownDeclaration[]): KnownDeclaration | null {
  const known = all.filter(({ declared }) => siteById(deployment, declared.site))
  const declared = latestActiveSite(known.map((one) => one.declared))
  if (!declared) return null
  const copies = known.filter((one) => byMoment(one.declared, declared) === 0)
  return { declared, at: Math.min(...copies.map(({ at }) => at)) }
}

type Read = typeof readActiveSite

/** What these rooms declare of sites that the file names, each room's own (SITE-4). */
const standingIn = (deployment: Deployment, rooms: readonly AgencyRoom[], type: string, read: Read): ActiveSite[] =>
  rooms.flatMap((room) => {
    const event = stateOf(room.record, type)
    const declared = event && read(room, event)
    return declared && siteById(deployment, declared.site) ? declared : []
  })

export const declarations = (deployment: Deployment, rooms: readonly AgencyRoom[]): ActiveSite[] =>
  standingIn(deployment, rooms, TYPE.activeSite, readActiveSite)

export const drills = (deployment: Deployment, rooms: readonly AgencyRoom[]): ActiveSite[] =>
  standingIn(deployment, rooms, TYPE.drill, readDrill)

/** Relays complete a declaration for this long, ms: a room made tomorrow needs no alert of today. */
export const FRESH = 3600_000

/**
 * Whether a declaration that has waited is not to be said any more, ms: a later one has come before it, or relays would
 * not complete it (SWITCH-18). `type` is that of the state event.
 */
export function isOvertaken(
  deployment: Deployment,
  rooms: readonly AgencyRoom[],
  type: string,
  content: unknown,
  now: number,
): boolean {
  const declared = parseOrNull(activeSiteSchema, content)
  if (!declared) return false
  const latest = latestActiveSite((type === TYPE.drill ? drills : declarations)(deployment, rooms))
  return now - declared.since >= FRESH || (latest?.since ?? 0) > declared.since
}

/**
 * Whether a state event takes the place of the one that a device has of the room. A site that is behind says what was
 * declared before, and a device that goes there must not forget what it has read elsewhere (SITE-25).
 */
export function replacesState(known: RoomEvent | undefined, event: RoomEvent): boolean {
  if (!known || event.type !== TYPE.activeSite) return true
  const [before, after] = [known, event].map(({ content }) => parseOrNull(activeSiteSchema, content))
  return !before || (!!after && latestActiveSite([before, after]) === after)
}

/**
 * The site to move to, if the majority calls the active one down and another one up: the first such of the file's
 * order. One before it that nobody is sure of is waited for: else two monitors that know different things would name
 * different sites. A closed site is passed over. Null: nothing is to be declared (SITE-5, SWITCH-6).
 */
export function successor(
  deployment: Deployment,
  verdict: Readonly<Record<SiteId, Verdict>>,
  active: SiteId,
  closed: readonly SiteId[] = [],
): SiteId | null {
  if (verdict[active] !== 'down') return null
  const open = deployment.sites.filter((s) => s.id !== active && !closed.includes(s.id))
  const first = open.find((s) => verdict[s.id] !== 'down')
  return first && verdict[first.id] === 'up' ? first.id : null
}

/** What each monitor that can be read says of one site. */
export type Views = ReadonlyMap<string, { up: boolean | null; since: number } | undefined>

/**
 * A manager has decided that people stay: nobody proposes or declares a move away before more than half of the configured
 * monitors have seen the site fall anew (SWITCH-17): after the homeserver took the decision, for a manager's clock may be
 * hours off. `views` are of the active site.
 */
export function isHeld({ monitors }: Deployment, latest: KnownDeclaration | null, views: Views = new Map()): boolean {
  if (latest?.declared.declines === undefined) return false
  const fell = monitors.filter(({ id }) => {
    const view = views.get(id)
    return view?.up === false && view.since > latest.at
  })
  return fell.length <= monitors.length / 2
}

/**
 * The sites whose relays may speak for a move to `to`, in the order in which they do: that one's, then the file's. A
 * relay that sees itself may always speak; of the others only those that are not down (SWITCH-7).
 */
export function speakers(
  { sites }: Deployment,
  verdict: Readonly<Record<SiteId, Verdict>>,
  to: SiteId,
  self: SiteId,
): SiteId[] {
  const order = [to, ...sites.map((s) => s.id).filter((id) => id !== to)]
  return order.filter((id) => id === self || verdict[id] !== 'down')
}

/**
 * The incident of a failover: whoever else replaces the same declaration gives it the same id, so phones show one alert
 * (SITE-6). `replaced` is what names the declaration that is replaced (`replacedBy`).
 */
export async function incidentId(sha256: Sha256, replaced: string, from: SiteId, to: SiteId): Promise<string> {
  const bytes = new TextEncoder().encode(`${replaced}|${from}|${to}`)
  return uuidFrom(await sha256(bytes), 8)
}

/**
 * What kind of switch a declaration is (SWITCH-9); null: it moves nobody, and there is nothing to tell. `proposed`: the
 * incident that relays have proposed. Only monitors know that a site does not answer; a manager may have other reasons.
 */
export function moveOf({ sites }: Deployment, declared: ActiveSite, proposed?: string): MoveKind | null {
  const { site, from, closed, corrects, by, incident } = declared
  if (!from || from === site) return null
  if (corrects) return 'correction'
  if (closed.includes(from)) return 'closed'
  if (by === 'monitor' || (incident !== undefined && incident === proposed)) return 'failover'
  return site === sites[0]?.id ? 'switch_back' : 'moved'
}
