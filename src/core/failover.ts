/** The switch of the active site and the alert that tells of it. Rules SITE-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { TYPE, type RoomEvent } from './event.ts'
import { maySend, type AgencyRoom } from './room.ts'
import { siteById, type Deployment } from './deployment.ts'
import { uuidFrom, type Sha256 } from './uuid.ts'
import { timestamp, uuid, type SiteId } from './ids.ts'
import type { AlertContent } from './alert.ts'
import type { Verdict } from './verdict.ts'

export const activeSiteSchema = v.object({
  v: v.literal(1),
  site: v.string(),
  /** The site that was active before, so that whoever goes on after a crash can still tell of the move. */
  from: v.optional(v.string()),
  since: timestamp,
  closed: v.optional(v.array(v.string()), []),
  incident: v.optional(uuid),
  by: v.picklist(['monitor', 'manager', 'provision']),
  status: v.optional(v.picklist(['Actual', 'Exercise']), 'Actual'),
})
export type ActiveSite = v.InferOutput<typeof activeSiteSchema>

/** The active site that an event of an alert room declares, if its sender may declare one there (SITE-4). */
export function readActiveSite(room: AgencyRoom, event: RoomEvent): ActiveSite | null {
  if (room.kind !== 'alert' || event.type !== TYPE.activeSite) return null
  if (!maySend(room.record, event.sender, TYPE.activeSite, true)) return null
  return parseOrNull(activeSiteSchema, event.content)
}

/** Of several rooms' declarations the latest counts; of two at the same moment the same one on every phone. */
export function latestActiveSite(declared: readonly ActiveSite[]): ActiveSite | null {
  const order = (a: ActiveSite, b: ActiveSite) => a.since - b.since || (a.site < b.site ? -1 : a.site > b.site ? 1 : 0)
  return declared.toSorted(order).at(-1) ?? null
}

/**
 * The site to move to, if the majority calls the active one down and another one up: the first such of the file's
 * order. Null: nothing is to be declared (SITE-5).
 */
export function successor(
  deployment: Deployment,
  verdict: Readonly<Record<SiteId, Verdict>>,
  active: SiteId,
): SiteId | null {
  if (verdict[active] !== 'down') return null
  return deployment.sites.find((s) => s.id !== active && verdict[s.id] === 'up')?.id ?? null
}

/**
 * The incident of a failover: whoever else replaces the same declaration at the same moment gives it the same id, so
 * phones show one alert (SITE-6). `replaced` is the event id of the `active_site` event that is replaced.
 */
export async function incidentId(sha256: Sha256, replaced: string, from: SiteId, to: SiteId): Promise<string> {
  const bytes = new TextEncoder().encode(`${replaced}|${from}|${to}`)
  return uuidFrom(await sha256(bytes), 8)
}

/** The alert that tells everybody of a failover. `rooms` are all alert rooms; `now` in ms. */
export function failoverAlert(
  deployment: Deployment,
  move: { from: SiteId; to: SiteId; incident: string },
  rooms: AlertContent['audience']['rooms'],
  now: number,
): AlertContent {
  const name = (id: SiteId) => siteById(deployment, id)?.name ?? id
  const [from, to] = [name(move.from), name(move.to)]
  return {
    v: 1,
    id: move.incident,
    rev: 0,
    msg_type: 'Alert',
    status: 'Actual',
    severity: 'Severe',
    kind: 'failover',
    headline: `Arbeitsplatz umgezogen nach ${to}`,
    instruction: `Der Standort ${from} antwortet nicht mehr. Ihr Arbeitsplatz läuft jetzt am Standort ${to}. Diese App hat schon gewechselt. Sie bleiben angemeldet.`,
    next_step: 'Arbeiten Sie in dieser App weiter. Melden Sie sich nirgends neu an.',
    responses: [{ key: 'ok', label: 'Verstanden', meaning: 'acknowledged' }],
    effective: now,
    audience: { label: 'Alle Beschäftigten', rooms },
    info: [
      {
        lang: 'en',
        headline: `Workplace moved to ${to}`,
        instruction: `The site ${from} is not answering any more. Your workplace now runs at ${to}. This app has already changed over. You stay signed in.`,
        next_step: 'Go on working in this app. Do not sign in anywhere else.',
        responses: { ok: 'Understood' },
      },
    ],
    site: move,
  }
}
