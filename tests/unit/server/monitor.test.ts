import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { statusSchema, type RelayStatus } from '../../../src/core/relay.ts'
import { createMonitor } from '../../../src/server/monitor/monitor.ts'
import type { Probes } from '../../../src/server/monitor/probe.ts'
import { REASON } from '../../../src/server/monitor/reasons.ts'
import { deploymentOf } from '../../fakes/agency.ts'

const statusOf = (status: object) => v.parse(statusSchema, status)

/** A small world: which addresses answer, and what each monitor would say. */
function world(self = 'b') {
  const dead = new Set<string>()
  const statuses = new Map<string, RelayStatus>()
  const timeouts = new Set<number>()
  let now = 1000
  const answers = async (base: string, timeout: number) => (
    timeouts.add(timeout),
    dead.has(base) ? REASON.silent : null
  )
  const probes: Probes = {
    homeserver: answers,
    relay: answers,
    status: async (base) => (dead.has(base) ? null : (statuses.get(base) ?? null)),
  }
  const thresholds = { interval: 1000, misses: 3, recovers: 2 }
  const monitor = createMonitor({ self, deployment: () => deploymentOf(), thresholds, probes, now: () => now })
  const says = (relay: string, base: string, up: Record<string, boolean>, observed: object[] = []) => {
    const checks = { homeserver: null, relay: null }
    const sites = Object.fromEntries(
      Object.entries(up).map(([id, u]) => [id, { up: u, since: 0, checks, unsteady: false }]),
    )
    statuses.set(
      base,
      statusOf({ v: 1, relay, at: now, epoch: 0, sites, verdict: {}, active_site: null, sent: [], observed }),
    )
  }
  const rounds = async (count: number) => {
    const returned: string[] = []
    for (let i = 0; i < count; i++) {
      now += thresholds.interval
      returned.push(...(await monitor.round()).returned)
    }
    return returned
  }
  return { dead, says, rounds, monitor, timeouts, now: () => now }
}
const A = 'https://matrix.a.example'
const WITNESS = 'https://witness.example'

describe('monitor', () => {
  it('SITE-2 calls an unseen site up after one good probe, down only after the misses in a row', async () => {
    const { dead, rounds, monitor, now } = world()
    await rounds(1)
    expect(monitor.sites()['a']).toMatchObject({ up: true, checks: { homeserver: true, relay: true } })
    dead.add(A)
    await rounds(2)
    expect(monitor.sites()['a']).toMatchObject({ up: true, checks: { homeserver: false, relay: true } })
    await rounds(1)
    expect(monitor.sites()['a']).toMatchObject({ up: false, since: now() })
  })

  it('SITE-2 one good probe between misses starts the count again', async () => {
    const { dead, rounds, monitor } = world()
    await rounds(1)
    for (let i = 0; i < 3; i++) {
      dead.add(A)
      await rounds(2)
      dead.delete(A)
      await rounds(1)
    }
    expect(monitor.sites()['a']?.up).toBe(true)
  })

  it('SITE-12 names a site that has come back, once, after the longer run of good probes', async () => {
    const { dead, rounds, monitor } = world()
    dead.add(A)
    expect(await rounds(3)).toEqual([])
    expect(monitor.sites()['a']?.up).toBe(false)
    dead.delete(A)
    expect(await rounds(1)).toEqual([])
    expect(await rounds(1)).toEqual(['a'])
    expect(await rounds(3)).toEqual([])
  })

  it('SITE-1 needs the majority of the configured monitors for a verdict', async () => {
    const { dead, rounds, monitor, says } = world()
    dead.add(A).add('https://relay.a.example')
    says('witness', WITNESS, { a: true, b: true })
    await rounds(3)
    expect(monitor.verdict()).toEqual({ a: 'unknown', b: 'up' })
    says('witness', WITNESS, { a: false, b: true })
    await rounds(1)
    expect(monitor.verdict()).toEqual({ a: 'down', b: 'up' })
  })

  it('SITE-3 a monitor that has fallen silent is unknown, its last word does not count', async () => {
    const { dead, rounds, monitor, says } = world()
    dead.add(A).add('https://relay.a.example')
    says('witness', WITNESS, { a: false, b: true })
    await rounds(3)
    dead.add(WITNESS)
    await rounds(1)
    expect(monitor.verdict()['a']).toBe('unknown')
    expect(monitor.peer('witness')).toBeNull()
  })

  it('SITE-11 two entries that lead to one process are not two voices', async () => {
    const { dead, rounds, monitor, says } = world()
    dead.add(A).add('https://relay.a.example')
    says('b', WITNESS, { a: false, b: true })
    await rounds(3)
    expect(monitor.verdict()['a']).toBe('unknown')
  })

  it('a witness that is no site watches like any other', async () => {
    const { dead, rounds, monitor, says } = world('witness')
    dead.add(A)
    says('b', 'https://relay.b.example', { a: false, b: true })
    await rounds(3)
    expect(monitor.verdict()).toEqual({ a: 'down', b: 'up' })
  })

  it('waits twice the interval for an answer and never more than five seconds', async () => {
    const { rounds, timeouts } = world()
    await rounds(1)
    expect([...timeouts]).toEqual([2000])
    const slow = createMonitor({
      self: 'b',
      deployment: () => deploymentOf(),
      thresholds: { interval: 30_000, misses: 1, recovers: 1 },
      probes: {
        homeserver: async (_, timeout) => (timeouts.add(timeout), null),
        relay: async () => null,
        status: async () => null,
      },
      now: () => 0,
    })
    await slow.round()
    expect([...timeouts]).toEqual([2000, 5000])
  })

  it('SWITCH-2 a site whose own relay says that the round trip fails is missed; nobody else is believed', async () => {
    const { rounds, monitor, says } = world()
    const failing = [{ id: 'a/round_trip', kind: 'round_trip', site: 'a', ok: false, since: 0 }]
    says('witness', WITNESS, { a: true, b: true }, failing)
    await rounds(4)
    expect(monitor.sites()['a']?.up).toBe(true)
    says('a', 'https://relay.a.example', { a: true, b: true }, failing)
    await rounds(3)
    expect(monitor.sites()['a']?.up).toBe(false)
    expect(monitor.observed().find((o) => o.id === 'a/homeserver')).toMatchObject({ ok: false, reason: REASON.broken })
  })
})
