/**
 * The monitor: looks at every site, reads what the other monitors saw, makes the verdict. Rules SITE-1 to SITE-3, SITE-11
 * and SWITCH-1 to SWITCH-3 in docs/spec.md; the deciding is core's (`verdict.ts`).
 */
import type { Deployment } from '../../core/deployment.ts'
import type { SiteId } from '../../core/ids.ts'
import type { Observation, RelayStatus } from '../../core/relay.ts'
import {
  isUnsteady,
  observe,
  unseen,
  verdicts,
  type SiteView,
  type Thresholds,
  type Verdict,
} from '../../core/verdict.ts'
import { observationOf } from './checks.ts'
import type { Finding, Probes } from './probe.ts'
import { REASON } from './reasons.ts'

type SiteReports = RelayStatus['sites']

export interface Monitor {
  /** Looks once at everything. Sites whose own view went from down to up are named. */
  round(): Promise<{ returned: SiteId[] }>
  sites(): SiteReports
  /** Homeservers and relays as this monitor finds them. */
  observed(): Observation[]
  verdict(): Record<SiteId, Verdict>
  /** What another relay or witness said in the last round; null: silent. */
  peer(id: string): RelayStatus | null
  /** Of all others that answered in the last round. */
  peers(): RelayStatus[]
}

interface Ports {
  self: string
  deployment: () => Deployment
  thresholds: Thresholds & { interval: number }
  probes: Probes
  /** What the round trip at the homeserver beside this monitor found; false: it fails. */
  ownRoundTrip?: () => boolean | null
  now: () => number
}

interface Seen {
  view: SiteView
  reason: Finding
  relay: { view: SiteView; reason: Finding }
  checks: SiteReports[string]['checks']
}

/** Longest wait for one answer, ms. */
const LONGEST = 5_000

export function createMonitor({ self, deployment, thresholds, probes, ownRoundTrip, now }: Ports): Monitor {
  const timeout = Math.min(thresholds.interval * 2, LONGEST)
  const seen = new Map<SiteId, Seen>()
  let peers = new Map<string, RelayStatus | null>()

  const unknown = (): Seen => ({
    view: unseen(now()),
    reason: null,
    relay: { view: unseen(now()), reason: null },
    checks: { homeserver: null, relay: null },
  })
  const of = (site: SiteId) => seen.get(site) ?? unknown()

  /** A site's relay says so itself when its homeserver answers and does not work; nobody else is believed. */
  function accusesItself(site: SiteId): boolean {
    if (site === self) return ownRoundTrip?.() === false
    return peers.get(site)?.observed.some((o) => o.kind === 'round_trip' && o.site === site && o.ok === false) ?? false
  }

  /** Notes what was found at one site; true when it has come back. */
  function note(site: SiteId, answer: Finding, relay: Finding | undefined): boolean {
    const before = of(site)
    const homeserver = answer ?? (accusesItself(site) ? REASON.broken : null)
    const view = observe(before.view, homeserver === null, now(), thresholds)
    const { damping: _, ...undamped } = thresholds
    const relayView =
      relay === undefined ? before.relay.view : observe(before.relay.view, relay === null, now(), undamped)
    seen.set(site, {
      view,
      reason: homeserver ?? before.reason,
      relay: { view: relayView, reason: relay ?? before.relay.reason },
      checks: { homeserver: homeserver === null, relay: relay === undefined ? null : relay === null },
    })
    return before.view.up === false && view.up === true
  }

  async function look(site: Deployment['sites'][number]): Promise<[SiteId, Finding, Finding | undefined]> {
    const [homeserver, relay] = await Promise.all([
      probes.homeserver(site.homeserver, timeout),
      site.relay ? probes.relay(site.relay, timeout) : undefined,
    ])
    return [site.id, homeserver, relay]
  }

  /** Reads one peer. A process that calls itself otherwise is not that peer: two entries must not be one voice (SITE-11). */
  async function ask(id: string, url: string): Promise<[string, RelayStatus | null]> {
    const status = await probes.status(url, timeout)
    return [id, status?.relay === id ? status : null]
  }

  function addresses({ sites, monitors }: Deployment): [string, string][] {
    const all = new Map(sites.flatMap((s) => (s.relay ? [[s.id, s.relay] as const] : [])))
    for (const m of monitors) all.set(m.id, m.url)
    all.delete(self)
    return [...all]
  }

  function sites(): SiteReports {
    return Object.fromEntries(
      deployment().sites.map(({ id }) => {
        const { view, checks } = of(id)
        const { up, since } = view
        return [id, { up, since, checks, unsteady: up !== true && isUnsteady(view, now(), thresholds.damping) }]
      }),
    )
  }

  return {
    async round() {
      const current = deployment()
      const [found, reports] = await Promise.all([
        Promise.all(current.sites.map(look)),
        Promise.all(addresses(current).map(([id, url]) => ask(id, url))),
      ])
      peers = new Map(reports)
      return { returned: found.flatMap(([site, homeserver, relay]) => (note(site, homeserver, relay) ? [site] : [])) }
    },
    sites,
    observed: () =>
      deployment().sites.flatMap((site) => {
        const { view, reason, relay } = of(site.id)
        const homeserver = observationOf(
          { id: `${site.id}/homeserver`, kind: 'homeserver', site: site.id },
          view,
          reason,
        )
        const beside = { id: `${site.id}/relay`, kind: 'relay', site: site.id } as const
        return site.relay ? [homeserver, observationOf(beside, relay.view, relay.reason)] : [homeserver]
      }),
    verdict() {
      const { sites: all, monitors } = deployment()
      const reports = new Map([...peers].flatMap(([id, status]) => (status ? [[id, status.sites] as const] : [])))
      reports.set(self, sites())
      return verdicts(
        all.map((s) => s.id),
        monitors.map((m) => m.id),
        reports,
      )
    },
    peer: (id) => peers.get(id) ?? null,
    peers: () => [...peers.values()].filter((status) => status !== null),
  }
}
