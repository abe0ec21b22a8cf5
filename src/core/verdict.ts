/** When a site is down: each monitor looks, the majority of the configured ones decides. Rules SITE-* in docs/spec.md. */
import type { SiteId } from './ids.ts'

export interface Thresholds {
  /** Misses in a row after which a monitor calls a site down. */
  misses: number
  /** Good probes in a row after which a monitor calls it up again. */
  recovers: number
}

/** What one monitor thinks of one site. `up` is null until it has seen enough. */
export interface SiteView {
  up: boolean | null
  /** When `up` last changed, ms. */
  since: number
  /** Probes in a row with the same outcome. */
  run: { ok: boolean; count: number }
}

export const unseen = (now: number): SiteView => ({ up: null, since: now, run: { ok: true, count: 0 } })

/** The view after one more probe. A first good probe is enough to call an unseen site up (SITE-2). */
export function observe(view: SiteView, ok: boolean, now: number, { misses, recovers }: Thresholds): SiteView {
  const run = { ok, count: view.run.ok === ok ? view.run.count + 1 : 1 }
  const needed = ok ? (view.up === null ? 1 : recovers) : misses
  const up = run.count >= needed ? ok : view.up
  return { up, since: up === view.up ? view.since : now, run }
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
