/** Ports for a deployment of a test. Test files run side by side, so each of Vitest's workers looks in a range of its own. */
import { claimPorts, SITE_IDS } from '../../src/stack/ports.ts'

/** Below the ports that systems give to outgoing connections; so many for a worker, so many apart. */
const [LOWEST, RANGE, STEP] = [20_000, 3_000, 400]
const WORKERS = 4

/** A base whose ports are all free just now. */
export async function freeBase(): Promise<number> {
  const from = LOWEST + (Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS) * RANGE
  const places = Math.floor(RANGE / STEP)
  // Somebody else's tests may run on this machine: they hardly begin at the same place.
  const first = Math.floor(Math.random() * places)
  for (let i = 0; i < places; i++) {
    const base = from + ((first + i) % places) * STEP
    const free = await claimPorts(base, SITE_IDS).catch(() => null)
    if (free) return base
  }
  throw new Error(`no free range of ports from ${from}`)
}
