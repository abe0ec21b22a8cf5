/** When a site is down: each monitor looks, the majority of the configured ones decides. Rules SITE-* in docs/spec.md. */
import type { SiteId } from './ids.ts'

export interface Thresholds {
  /** Misses in a row after which a monitor calls a site down. */
  misses: number
  /** Good probes in a row after which a monitor calls it up again. */
  recovers: number
  /** What a site that falls again and again has to show; without it, no more than `recovers`. */
  damping?: Damping | undefined
}

/** A site that fell `falls` times within `window` ms is unsteady: it is up again after `hold` ms without a miss (SWITCH-3). */
export interface Damping {
  falls: number
  window: number
  hold: number
}

/** What one monitor thinks of one site. `up` is null until it has seen enough. */
export interface SiteView {
  up: boolean | null
  /** When `up` last changed, ms. */
  since: number
  /** Probes in a row with the same outcome, and when the first of them was, ms. */
  run: { ok: boolean; count: number; since: number }
  /** When it was last called down, ms, oldest first: as many as damping counts. */
  falls: readonly number[]
}

export const unseen = (now: number): SiteView => ({
  up: null,
  since: now,
  run: { ok: true, count: 0, since: now },
  falls: [],
})

/** Whether a site has fallen too often of late to be believed at once. */
export function isUnsteady({ falls }: Pick<SiteView, 'falls'>, now: number, damping: Damping | undefined): boolean {
  const first = damping && falls.at(-damping.falls)
  return first !== undefined && now - first <= damping!.window
}

/** The view after one more probe. A first good probe is enough to call an unseen site up (SITE-2). */
export function observe(view: SiteView, ok: boolean, now: number, thresholds: Thresholds): SiteView {
  const { misses, recovers, damping } = thresholds
  const run = view.run.ok === ok && view.run.count > 0 ? view.run : { ok, count: 0, since: now }
  const next = { ...run, count: run.count + 1 }
  const needed = ok ? (view.up === null ? 1 : recovers) : misses
  // Once a site has begun to hold, the end of the window must not cut its time short.
  const held = !ok || now - next.since >= (isUnsteady(view, next.since, damping) ? damping!.hold : 0)
  const up = next.count >= needed && held ? ok : view.up
  const fell = up === false && view.up !== false
  const falls = fell && damping ? [...view.falls, now].slice(-damping.falls) : view.falls
  return { up, since: up === view.up ? view.since : now, run: next, falls }
}

export type Verdict = 'up' | 'down' | 'unknown'

/**
 * The verdict on every site. `reports` holds the view of each monitor that could be read; a monitor that is silent is
 * unknown, never "down" (SITE-3). More than half of all *configured* monitors must agree (SITE-1).
 */
export function verdicts(
  sites: readonly SiteId[],
  monitors: readonly string[],
  reports: ReadonlyMap<string, Readonly<Record<SiteId, { up: boolean | null }>>>,
): Record<SiteId, Verdict> {
  const count = (site: SiteId, up: boolean) => monitors.filter((m) => reports.get(m)?.[site]?.up === up).length
  const most = monitors.length / 2
  const verdictOn = (site: SiteId): Verdict =>
    count(site, false) > most ? 'down' : count(site, true) > most ? 'up' : 'unknown'
  return Object.fromEntries(sites.map((s) => [s, verdictOn(s)]))
}
