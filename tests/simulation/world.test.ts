import { describe, expect, it } from 'vitest'
import { TYPE } from '../../src/core/event.ts'
import { runSeed } from './run.ts'
import type { World } from './world.ts'

/** Everything that anybody can see afterwards. */
const traces = (world: World) => [
  world.sites.all.map((site) => [...site.logs]),
  world.phones.map((phone) => [...phone.disk.items]),
  world.pushes,
  world.incidents,
]

it('a seed makes the same world again', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const [one, other] = [await runSeed(seed), await runSeed(seed)]
    expect(traces(one.world)).toEqual(traces(other.world))
  }
})

/** A world in which nothing goes wrong proves nothing. */
describe('the first 300 worlds hold', async () => {
  const worlds: World[] = []
  for (let seed = 1; seed <= 300; seed++) worlds.push((await runSeed(seed)).world)
  const events = (world: World) => world.sites.all.flatMap((site) => [...site.logs.values()].flat())
  const ids = (world: World) =>
    [...new Map(events(world).map((e) => [e.event_id, e.content[TYPE.clientId]])).values()].filter(
      (id) => typeof id === 'string',
    )
  const actions = new Set<string>(worlds.flatMap((w) => w.schedule.steps.map((s) => ('state' in s ? s.state : s.do))))

  it.each([
    ['two sites and a witness', (w: World) => w.sites.all.length === 2 && w.monitors.length === 3],
    ['three sites', (w: World) => w.sites.all.length === 3 && w.monitors.length === 3],
    ['three sites and a witness', (w: World) => w.sites.all.length === 3 && w.monitors.length === 4],
    ['a failover', (w: World) => w.incidents.length > 0],
    ['a second failover', (w: World) => new Set(w.incidents.map((i) => i.to)).size > 1],
    [
      'one failover declared twice',
      (w: World) => new Set(w.incidents.map((i) => i.incident)).size < w.incidents.length,
    ],
    ['an alert pushed by two relays', (w: World) => new Set(w.pushes.map((p) => p.key)).size < w.pushes.length],
    ['a message that went out through two sites', (w: World) => new Set(ids(w)).size < ids(w).length],
    [
      'a message that an answering site has lost',
      (w: World) =>
        w.phones.some((p) =>
          [...p.disk.items.values()].some((i) => i.delivery.state === 'taken' && i.delivery.passed_on === 'yes'),
        ),
    ],
    ['an answer', (w: World) => events(w).some((e) => e.type === TYPE.tally)],
  ])('%s', (_what, holds) => {
    expect(worlds.filter(holds).length).toBeGreaterThan(2)
  })

  it('every kind of trouble', () => {
    const troubles = [
      'kill',
      'haunt',
      'clock',
      'night',
      'decide',
      'network',
      'mute',
      'busy',
      'down',
      'burnt',
      'cut',
      'relay',
      'blind',
      'slow',
    ]
    expect(troubles.filter((t) => !actions.has(t))).toEqual([])
  })
})
