/** What strip, panel and sheet say of the sites. */
import { siteById, type Deployment } from '../../core/deployment.ts'
import { moveOf, type ActiveSite } from '../../core/failover.ts'
import type { SiteId } from '../../core/ids.ts'
import type { Status } from '../memory.ts'
import type { StorageState } from '../../core/ports.ts'
import type { DeviceTrouble, FailoverNotice, SiteRow, StripState } from '../views.ts'

export interface Facts {
  deployment: Deployment
  /** Null before the engine has ever run. */
  status: Status | null
  declared: ActiveSite | null
  /** The incident that relays have proposed last. */
  proposed?: string | undefined
  asOf: number | null
  waiting: number
  signedIn: ReadonlySet<SiteId>
  /** Sites that refuse this session: they do not know it any more, or have locked the account. */
  refused: ReadonlyMap<SiteId, 'expired' | 'locked'>
  now: number
}

/** A clock that is off by more misleads people, ms. */
const WRONG = 5 * 60_000

/** What is wrong with the device, the worst first: what is said here must not go unnoticed. */
export function deviceTrouble(storage: StorageState, lost: number, offset: number): DeviceTrouble | undefined {
  if (storage.broken.some((name) => name !== 'inbox')) return 'broken'
  if (storage.silent.some((name) => name !== 'inbox')) return 'silent'
  if (storage.full) return 'full'
  if (lost > 0) return 'lost'
  if (storage.memory) return 'memory'
  return Math.abs(offset) > WRONG ? 'clock' : undefined
}

/** How long the strip says that the workplace is back, ms. */
const BACK = 10 * 60_000

const nameOf = (deployment: Deployment, id: SiteId): string => siteById(deployment, id)?.name ?? id

export function stripOf({ deployment, status, declared, asOf, waiting, signedIn, refused, now }: Facts): StripState {
  if (!status?.site) return { state: 'seeking', asOf }
  const { site, answers, sync, relayed = false } = status
  const ups = Object.values(answers).map(({ up }) => up)
  if (ups.length > 0 && ups.every((up) => up === false))
    return { state: 'offline', asOf, waiting, cut: relayed ? 'sites' : 'network' }
  if (answers[site]?.up === false) {
    const other = deployment.sites.find(({ id }) => id !== site && answers[id]?.up !== false)
    return { state: 'trouble', silent: nameOf(deployment, site), checking: nameOf(deployment, other?.id ?? site) }
  }
  // They answer, and refuse: no looking for a connection helps.
  if ([...signedIn].every((id) => refused.has(id)))
    return { state: 'signed_out', asOf, locked: [...refused.values()].every((why) => why === 'locked') }
  if (sync !== 'live') return { state: 'seeking', asOf }
  const home = deployment.sites[0]!.id
  const moved = declared && declared.site !== home ? declared.since : site !== home ? status.since : null
  if (moved !== null) return { state: 'moved', site: nameOf(deployment, site), since: moved, asOf }
  if (declared && moveOf(deployment, declared) && now - declared.since < BACK)
    return { state: 'back', site: nameOf(deployment, site) }
  return { state: 'normal', site: nameOf(deployment, site), asOf }
}

export function siteRows({ deployment, status, signedIn, refused }: Facts): SiteRow[] {
  return deployment.sites.map(({ id, name }) => {
    const found = status?.answers[id]
    const last = !found || found.up === null
    const answer = last ? status?.last?.[id] : found
    const row = (state: SiteRow['state'], since: number | null): SiteRow => ({ id, name, state, since, last })
    if (!signedIn.has(id)) return { ...row('not_signed_in', null), last: false }
    if (answer?.up === false) return row('silent', answer.since)
    const refusal = refused.get(id)
    if (refusal) return { ...row(refusal === 'locked' ? 'locked' : 'ended', null), last: false }
    if (!answer || answer.up === null) return row('unknown', null)
    return status?.site === id ? row('active', status.since) : row('standby', answer.since)
  })
}

/** The last switch, until the person has seen it; a first declaration, by provisioning, is none. */
export function noticeOf({ deployment, declared, proposed, status }: Facts, seen: number): FailoverNotice | null {
  if (!declared?.from || declared.by === 'provision' || declared.since <= seen) return null
  const kind = moveOf(deployment, declared, proposed)
  if (!kind) return null
  // It says that this app has changed over, so it waits until that is so.
  if (status?.site !== declared.site || status.sync !== 'live') return null
  const { site, from, since } = declared
  return {
    kind,
    drill: declared.status === 'Exercise',
    from: nameOf(deployment, from),
    to: nameOf(deployment, site),
    since,
    workplace: siteById(deployment, site)?.workplace ?? null,
  }
}
