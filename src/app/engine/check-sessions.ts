/** Proves the standby before it is needed: asks every site whether it still knows this session (READY-3, DEVICE-7). */
import { recall, remember, type Remembered } from '../memory.ts'
import type { Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const AGAIN = 24 * 3600_000
const RETRY = 60_000

/** Sites that have forgotten the session: the person can sign in there again. A locked account is for others to mend. */
export const expiredSites = (sessions: Remembered<'sessions'> | null): string[] =>
  Object.entries(sessions ?? {}).flatMap(([site, { holds, locked }]) => (holds || locked ? [] : [site]))

/** `changed`: another set of sites has forgotten the session than before. */
export function checkSessions({ ports, matrix, session, trouble }: Context, changed: () => void): Kept {
  const { clock, settings } = ports
  async function work(): Promise<number> {
    const found = await Promise.all(session.accounts.map((account) => matrix.whoami(account)))
    const before = (await recall(settings, 'sessions')) ?? {}
    const after = session.accounts.flatMap(({ site }, i) => {
      const said = found[i] ?? null
      if (said === null) return before[site] ? [[site, before[site]] as const] : []
      const locked = said === 'locked'
      return [[site, { holds: said === true, at: clock.now(), ...(locked ? { locked } : {}) }] as const]
    })
    const sessions = Object.fromEntries(after)
    await remember(settings, 'sessions', sessions)
    if (expiredSites(before).join() !== expiredSites(sessions).join()) changed()
    // What does not hold may do so again: an account is unlocked without a word to us.
    return found.every((said) => said === true) ? AGAIN : RETRY
  }
  return keep(clock, work, trouble)
}
