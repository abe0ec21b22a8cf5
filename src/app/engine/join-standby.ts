/** Once a day joins what was offered at the sites that are not in use, so that a switch finds the person in every room (READY-10). */
import { recall, remember } from '../memory.ts'
import type { Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const AGAIN = 24 * 3600_000
const RETRY = 60_000

export function joinStandby({ ports, matrix, session, deployment, account, trouble }: Context): Kept {
  const { clock, settings } = ports
  async function work(): Promise<number> {
    const inUse = account()?.site
    // First of all the site in use is found; it has its rooms by the link.
    if (!inUse) return RETRY
    const before = (await recall(settings, 'offered')) ?? {}
    const isDue = (site: string) => clock.now() - (before[site] ?? 0) >= AGAIN
    const due = session.accounts.filter(({ site }) => site !== inUse && isDue(site))
    const joined = await Promise.all(due.map((standby) => matrix.joinOffered(standby, deployment)))
    const done = due.flatMap(({ site }, i) => (joined[i] ? [[site, clock.now()] as const] : []))
    if (done.length) await remember(settings, 'offered', { ...before, ...Object.fromEntries(done) })
    return done.length === due.length ? AGAIN : RETRY
  }
  return keep(clock, work, trouble)
}
