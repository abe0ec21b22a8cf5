/** What strip, panel and sheet say of the sites. */
import { siteById, type Deployment } from '../../core/deployment.ts'
import type { ActiveSite } from '../../core/failover.ts'
import type { SiteId } from '../../core/ids.ts'
import type { Status } from '../memory.ts'
import type { FailoverNotice, SiteRow, Strip } from '../views.ts'

export interface Facts {
  deployment: Deployment
  /** Null before the engine has ever run. */
  status: Status | null
  declared: ActiveSite | null
  asOf: number | null
  waiting: number
  signedIn: ReadonlySet<SiteId>
  expired: ReadonlySet<SiteId>
  now: number
}

/** How long the strip says that the workplace is back, ms. */
const BACK = 10 * 60_000

const nameOf = (deployment: Deployment, id: SiteId): string => siteById(deployment, id)?.name ?? id

export function stripOf({ deployment, status, declared, asOf, waiting, now }: Facts): Strip {
  if (!status?.site) return { state: 'seeking', asOf }
  const { site, answers, sync } = status
  const ups = Object.values(answers).map(({ up }) => up)
  if (ups.length > 0 && ups.every((up) => up === false)) return { state: 'offline', asOf, waiting }
  if (answers[site]?.up === false) {
    const other = deployment.sites.find(({ id }) => id !== site && answers[id]?.up !== false)
    return { state: 'trouble', silent: nameOf(deployment, site), checking: nameOf(deployment, other?.id ?? site) }
  }
  if (sync !== 'live') return { state: 'seeking', asOf }
  const home = deployment.sites[0]!.id
  const moved = declared && declared.site !== home ? declared.since : site !== home ? status.since : null
  if (moved !== null) return { state: 'moved', site: nameOf(deployment, site), since: moved, asOf }
  if (declared?.from && now - declared.since < BACK) return { state: 'back', site: nameOf(deployment, site) }
  return { state: 'normal', site: nameOf(deployment, site), asOf }
}

export function siteRows({ deployment, status, signedIn, expired }: Facts): SiteRow[] {
  return deployment.sites.map(({ id, name }) => {
    const answer = status?.answers[id]
    const row = (state: SiteRow['state'], since: number | null): SiteRow => ({ id, name, state, since })
    if (!signedIn.has(id) || expired.has(id)) return row('not_signed_in', null)
    if (answer?.up === false) return row('silent', answer.since)
    if (!answer || answer.up === null) return row('unknown', null)
    return status?.site === id ? row('active', status.since) : row('standby', answer.since)
  })
}

/** The last switch, until the person has seen it; a first declaration, by provisioning, is none. */
export function noticeOf({ deployment, declared, status }: Facts, seen: number): FailoverNotice | null {
  if (!declared?.from || declared.by === 'provision' || declared.since <= seen) return null
  // It says that this app has changed over, so it waits until that is so.
  if (status?.site !== declared.site || status.sync !== 'live') return null
  const { site, from, since } = declared
  return {
    from: nameOf(deployment, from),
    to: nameOf(deployment, site),
    since,
    workplace: siteById(deployment, site)?.workplace ?? null,
  }
}
