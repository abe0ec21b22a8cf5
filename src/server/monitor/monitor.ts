/**
 * The monitor: looks at every site, reads what the other monitors saw, makes the verdict. Rules SITE-1 to SITE-3 and
 * SITE-11 in docs/spec.md; the deciding is core's (`verdict.ts`).
 */
import type { Deployment } from '../../core/deployment.ts'
import type { SiteId } from '../../core/ids.ts'
import type { RelayStatus } from '../../core/relay.ts'
import { observe, unseen, verdicts, type SiteView, type Thresholds, type Verdict } from '../../core/verdict.ts'
import type { Probes } from './probe.ts'

type SiteReports = RelayStatus['sites']

export interface Monitor {
  /** Looks once at everything. Sites whose own view went from down to up are named. */
  round(): Promise<{ returned: SiteId[] }>
  sites(): SiteReports
  verdict(): Record<SiteId, Verdict>
  /** What another relay or witness said in the last round; null: silent. */
  peer(id: string): RelayStatus | null
}

interface Ports {
  self: string
  deployment: () => Deployment
  thresholds: Thresholds & { interval: number }
  probes: Probes
  now: () => number
}

/** Longest wait for one answer, ms. */
const LONGEST = 5_000

export function createMonitor({ self, deployment, thresholds, probes, now }: Ports): Monitor {
  const timeout = Math.min(thresholds.interval * 2, LONGEST)
  const views = new Map<SiteId, SiteView>()
  const checks = new Map<SiteId, SiteReports[string]['checks']>()
  let peers = new Map<string, RelayStatus | null>()

  /** Looks at one site; true when it has come back. */
  async function look(site: Deployment['sites'][number]): Promise<boolean> {
    const [homeserver, relay] = await Promise.all([
      probes.homeserver(site.homeserver, timeout),
      site.relay ? probes.relay(site.relay, timeout) : null,
    ])
    const before = views.get(site.id) ?? unseen(now())
    const view = observe(before, homeserver, now(), thresholds)
    views.set(site.id, view)
    checks.set(site.id, { homeserver, relay })
    return before.up === false && view.up === true
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
        const { up, since } = views.get(id) ?? unseen(now())
        return [id, { up, since, checks: checks.get(id) ?? { homeserver: null, relay: null } }]
      }),
    )
  }

  return {
    async round() {
      const current = deployment()
      const [returned, reports] = await Promise.all([
        Promise.all(current.sites.map(async (site) => ((await look(site)) ? [site.id] : []))),
        Promise.all(addresses(current).map(([id, url]) => ask(id, url))),
      ])
      peers = new Map(reports)
      return { returned: returned.flat() }
    },
    sites,
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
  }
}
