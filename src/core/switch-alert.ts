/** The alert that tells of a switch, in the agency's words or in ours. Rules SWITCH-9 to SWITCH-12 in docs/spec.md. */
import { alertSchema, type Alert, type AlertContent } from './alert.ts'
import { siteById, type Deployment } from './deployment.ts'
import { moveOf, type ActiveSite } from './failover.ts'
import type { SiteId } from './ids.ts'
import { parse } from './parse.ts'
import type { AgencyRoom } from './room.ts'
import { DEFAULT_TEMPLATES, fillTemplate, templateIn, type MoveKind, type Template } from './template.ts'

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

/**
 * The alert that tells of a declaration; null: it moves nobody, and there is nothing to tell. `rooms` are all of the
 * agency's, `proposed` the incident that relays have proposed, `wrong` the alert that a correction withdraws, `at` when a
 * homeserver took the declaration, ms, where that is known. `broken`: why the agency's template cannot be used; then the default says it (SWITCH-12).
 */
export function alertOf(
  deployment: Deployment,
  declared: ActiveSite & { incident: string },
  {
    rooms,
    proposed,
    wrong,
    at = declared.since,
  }: { rooms: readonly AgencyRoom[]; proposed?: string | undefined; wrong?: Alert | null; at?: number },
): { alert: AlertContent; kind: MoveKind; broken?: string } | null {
  const kind = moveOf(deployment, declared, proposed)
  if (!kind) return null
  const { from = '', site: to, incident, status } = declared
  const move = { from, to, incident, kind, status }
  const audience = rooms.filter((r) => r.kind === 'alert').map((r) => r.id)
  const alertBy = (template?: Template) => failoverAlert(deployment, move, audience, at, template)
  const template = templateIn(rooms, kind)
  const own = template?.ok ? parse(alertSchema, alertBy(template.value)) : null
  const alert = own?.ok ? own.value : alertBy()
  const fault = own ?? template
  const said = fault?.ok === false ? { kind, broken: fault.reason } : { kind }
  if (kind !== 'correction' || !wrong) return { alert, ...said }
  const { history, current } = wrong
  const first = history.findLast(({ content }) => content.msg_type !== 'Cancel')?.content ?? current.content
  const withdrawn = { id: wrong.id, rev: first.rev + 1, kind: first.kind, status: first.status }
  return { alert: { ...alert, ...withdrawn, msg_type: 'Cancel' }, ...said }
}
