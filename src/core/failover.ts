/** The switch of the active site and the alert that tells of it. Rules SITE-* and SWITCH-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { TYPE, type RoomEvent } from './event.ts'
import { maySend, type AgencyRoom } from './room.ts'
import { siteById, type Deployment } from './deployment.ts'
import { uuidFrom, type Sha256 } from './uuid.ts'
import { timestamp, uuid, type SiteId } from './ids.ts'
import type { AlertContent } from './alert.ts'
import { DEFAULT_TEMPLATES, fillTemplate, type MoveKind, type Template } from './template.ts'
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

/** Of several rooms' declarations the latest counts; of two at the same moment the same one on every phone. */
export function latestActiveSite(declared: readonly ActiveSite[]): ActiveSite | null {
  const order = (a: ActiveSite, b: ActiveSite) => a.since - b.since || (a.site < b.site ? -1 : a.site > b.site ? 1 : 0)
  return declared.toSorted(order).at(-1) ?? null
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
 * The incident of a failover: whoever else replaces the same declaration at the same moment gives it the same id, so
 * phones show one alert (SITE-6). `replaced` is the event id of the `active_site` event that is replaced.
 */
export async function incidentId(sha256: Sha256, replaced: string, from: SiteId, to: SiteId): Promise<string> {
  const bytes = new TextEncoder().encode(`${replaced}|${from}|${to}`)
  return uuidFrom(await sha256(bytes), 8)
}

/** What kind of switch a declaration is (SWITCH-9); null: it moves nobody, and there is nothing to tell. */
export function moveOf({ sites }: Deployment, declared: ActiveSite): MoveKind | null {
  const { site, from, closed, corrects, by } = declared
  if (!from || from === site) return null
  if (corrects) return 'correction'
  if (closed.includes(from)) return 'closed'
  return by === 'manager' && site === sites[0]?.id ? 'switch_back' : 'failover'
}

/** Making one takes longer than all else that a declaration does. */
const clocks = new Map<string, Intl.DateTimeFormat>()

/** `HH:MM` where the agency is. */
function clockTime({ time_zone: timeZone = 'Europe/Berlin' }: Deployment, at: number, lang: string): string {
  const locale = lang === 'de' ? 'de-DE' : 'en-GB'
  const key = `${locale} ${timeZone}`
  const clock = clocks.get(key) ?? new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZone })
  clocks.set(key, clock)
  return clock.format(at)
}

export interface Move {
  from: SiteId
  to: SiteId
  incident: string
  kind?: MoveKind
  status?: 'Actual' | 'Exercise'
}

/** The alert that tells everybody of a switch. `rooms` are all alert rooms; `now` in ms. A template's blanks may make it too long. */
export function failoverAlert(
  deployment: Deployment,
  { from, to, incident, kind = 'failover', status = 'Actual' }: Move,
  rooms: AlertContent['audience']['rooms'],
  now: number,
  template: Template = DEFAULT_TEMPLATES[kind],
): AlertContent {
  const site = (id: SiteId) => siteById(deployment, id)
  const workplace = site(to)?.workplace ?? ''
  const names = { from: site(from)?.name ?? from, to: site(to)?.name ?? to, workplace }
  return {
    v: 1,
    id: incident,
    rev: 0,
    msg_type: 'Alert',
    status,
    kind: kind === 'switch_back' || kind === 'correction' ? 'switch_back' : 'failover',
    ...fillTemplate(template, (lang) => ({ ...names, time: clockTime(deployment, now, lang) })),
    effective: now,
    audience: { label: 'Alle Beschäftigten', rooms },
    site: { from, to, incident },
  }
}
