import { describe, expect, it } from 'vitest'
import { haveCaughtUp } from '../../../src/server/answers/caught-up.ts'
import { createMonitor } from '../../../src/server/monitor/monitor.ts'
import { REASON } from '../../../src/server/monitor/reasons.ts'
import { deploymentOf } from '../../fakes/agency.ts'

const INTERVAL = 5_000
const A = 'https://matrix.a.example'

/** A monitor's views of two sites, round by round. */
function watch() {
  const dead = new Set<string>()
  let now = 0
  const thresholds = { interval: INTERVAL, misses: 1, recovers: 1 }
  const probes = {
    homeserver: async (base: string) => (dead.has(base) ? REASON.silent : null),
    relay: async () => null,
    status: async () => null,
  }
  const monitor = createMonitor({ self: 'b', deployment: () => deploymentOf(), thresholds, probes, now: () => now })
  const rounds = async (seconds: number) => {
    for (const end = now + seconds * 1000; now < end;) {
      now += INTERVAL
      await monitor.round()
    }
    return haveCaughtUp(monitor.sites(), now)
  }
  return { dead, rounds }
}

describe('ANSWER-7 everything is known here', () => {
  it('only a minute after the first look, and while every site is up', async () => {
    const { dead, rounds } = watch()
    expect(await rounds(60)).toBe(false)
    expect(await rounds(5)).toBe(true)
    dead.add(A)
    expect(await rounds(5)).toBe(false)
    expect(await rounds(120)).toBe(false)
  })

  it('only a minute after a site has come back: its past comes in meanwhile', async () => {
    const { dead, rounds } = watch()
    await rounds(65)
    dead.add(A)
    await rounds(5)
    dead.delete(A)
    expect(await rounds(60)).toBe(false)
    expect(await rounds(5)).toBe(true)
  })
})
