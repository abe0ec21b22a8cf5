/** Proves the standby before it is needed: asks every site whether it still knows this session (READY-3). */
import { recall, remember } from '../memory.ts'
import type { Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const AGAIN = 24 * 3600_000
const RETRY = 60_000

export function checkSessions({ ports, matrix, session, trouble }: Context): Kept {
  const { clock, settings } = ports
  async function work(): Promise<number> {
    const found = await Promise.all(session.accounts.map((account) => matrix.whoami(account)))
    const before = (await recall(settings, 'sessions')) ?? {}
    const after = session.accounts.flatMap(({ site }, i) => {
      const holds = found[i] ?? null
      if (holds !== null) return [[site, { holds, at: clock.now() }] as const]
      return before[site] ? [[site, before[site]] as const] : []
    })
    await remember(settings, 'sessions', Object.fromEntries(after))
    return found.includes(null) ? RETRY : AGAIN
  }
  return keep(clock, work, trouble)
}
