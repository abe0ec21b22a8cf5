/** What the parts of the engine share while one person is signed in. */
import { siteById, type Deployment } from '../../core/deployment.ts'
import { agencyRooms, type AgencyRoom } from '../../core/room.ts'
import type { Account, Matrix, Ports, Session } from '../../core/ports.ts'
import type { SiteId } from '../../core/ids.ts'
import type { Snapshots } from './snapshot.ts'

export interface Context {
  ports: Ports
  matrix: Matrix
  session: Session
  deployment: Deployment
  snapshots: Snapshots
  /** The account of the site in use; null while there is none. */
  account: () => Account | null
  trouble: (error: unknown) => void
}

/** A session as the deployment file has its sites now: tokens go to no host that is not in it. */
export function sessionBy(deployment: Deployment, session: Session): Session {
  const accounts = session.accounts.flatMap((account) => {
    const site = siteById(deployment, account.site)
    return site ? [{ ...account, homeserver: site.homeserver }] : []
  })
  return { ...session, accounts }
}

export const roomsNow = ({ snapshots, deployment }: Context): AgencyRoom[] =>
  agencyRooms(deployment.space, snapshots.now()?.rooms ?? new Map())

/** Sites in the order to try: the one in use, then the file's order. */
function sitesInOrder({ deployment, account }: Context): Deployment['sites'] {
  const current: SiteId | undefined = account()?.site
  return deployment.sites.toSorted((a, b) => Number(b.id === current) - Number(a.id === current))
}

export const relaysInOrder = (context: Context): { site: SiteId; url: string }[] =>
  sitesInOrder(context).flatMap(({ id, relay }) => (relay ? [{ site: id, url: relay }] : []))

export const accountsInOrder = (context: Context): Account[] =>
  sitesInOrder(context).flatMap(({ id }) => context.session.accounts.filter((a) => a.site === id))
