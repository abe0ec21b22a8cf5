/** What the monitors see of each site, as this device can read them. */
import type { Deployment } from '../../core/deployment.ts'
import type { SiteId } from '../../core/ids.ts'
import type { RelayStatus } from '../../core/relay.ts'
import { verdicts, type Verdict } from '../../core/verdict.ts'

export interface Sighting {
  monitor: string
  /** The site beside which the monitor stands; null: a witness. */
  at: string | null
  /** Null: it has not seen enough, or cannot be read from here. */
  up: boolean | null
  /** Ms. */
  since: number | null
  /** It cannot be read from here. */
  silent: boolean
}

export interface Evidence {
  site: SiteId
  verdict: Verdict
  /** One of each configured monitor. */
  seen: Sighting[]
}

/** A process that calls itself otherwise is not that monitor (SITE-11). */
export function evidenceOf(
  { sites, monitors }: Deployment,
  reports: ReadonlyMap<string, RelayStatus | null>,
): Evidence[] {
  const read = (monitor: string) => {
    const report = reports.get(monitor)
    return report?.relay === monitor ? report : null
  }
  const views = new Map(monitors.flatMap(({ id }) => [[id, read(id)?.sites ?? {}] as const]))
  const verdict = verdicts(
    sites.map(({ id }) => id),
    monitors.map(({ id }) => id),
    views,
  )
  return sites.map(({ id: site }) => ({
    site,
    verdict: verdict[site]!,
    seen: monitors.map(({ id: monitor }) => {
      const seen = views.get(monitor)?.[site]
      const at = sites.find(({ id }) => id === monitor)?.name ?? null
      return { monitor, at, up: seen?.up ?? null, since: seen?.since ?? null, silent: read(monitor) === null }
    }),
  }))
}
