/** One sign-in, all sites (SIGN-1); and the way out. */
import { relayUrls, type Deployment, type Site } from '../../core/deployment.ts'
import { sessionBy } from '../engine/context.ts'
import type { Matrix, Ports, Session, SignInFailure } from '../../core/ports.ts'

/** Which failure says most, when sites differ (SIGN-2). */
export const SIGN_IN_ORDER: readonly SignInFailure[] = ['locked', 'wrong_password', 'limited', 'refused', 'unreachable']

/** People type their whole Matrix id, an address, or spaces around it; the name before all that is what counts. */
const localpart = (typed: string): string => typed.trim().replace(/^@/, '').split(':')[0]!.toLowerCase()

export const signInEverywhere = (matrix: Matrix, sites: readonly Site[], user: string, password: string) =>
  Promise.all(
    sites.map(async (site) => ({
      site,
      ...(await matrix.signIn(site, localpart(user), password, null, 'Notanker')),
    })),
  )

/** Best effort: the device is empty already, and a site that is silent forgets the session when it is told to end it. */
export async function signOutEverywhere(
  ports: Ports,
  session: Session,
  deployment: Deployment,
  bearer: string | null,
): Promise<void> {
  const { relays, device } = ports
  const urls = bearer ? relayUrls(deployment) : []
  const matrix = await ports.matrix()
  await device.unsubscribe()
  await Promise.allSettled([
    ...urls.map((url) => relays.removeDevice(url, bearer!, session.device)),
    ...sessionBy(deployment, session).accounts.map((account) => matrix.signOut(account)),
  ])
}
