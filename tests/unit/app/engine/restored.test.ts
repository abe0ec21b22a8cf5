/** The engine at a site whose homeserver was restored from a copy. */
import { describe, expect, it } from 'vitest'
import { startEngine } from '../../../../src/app/engine/engine.ts'
import { keepSnapshot } from '../../../../src/app/engine/snapshot.ts'
import type { FakeWorld } from '../../../fakes/ports.ts'
import { event, NOW, sampleDeployment, sessionOf, TEAM } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { ends, ROOMS, run, write } from './run.ts'

describe('a site that was restored from a copy', () => {
  const USER_A = sessionOf('anna', ['a']).accounts[0]!.user
  const subscription = { endpoint: 'https://push.example/1', keys: { p256dh: 'p'.repeat(87), auth: 'a'.repeat(22) } }
  const says = (site: string, epoch: number) =>
    event('!space', `@bot:${site}.example`, 'de.notanker.site', { v: 1, epoch, at: NOW }, { key: site })

  async function used(more: FakeWorld = {}) {
    const running = await run(more)
    const { ports } = running
    const tell = async (site: string, epoch: number) => {
      await ports.projection.add('!space', { state: [says(site, epoch)] })
      await settled()
    }
    await ports.projection.rememberRooms(USER_A, ROOMS)
    const rooms = ROOMS.map((id) => ({ id, state: [], timeline: [], limited: false }))
    await ports.projection.apply({ account: USER_A, initial: false, rooms, left: [], next_batch: 's9' }, NOW)
    for (const site of ['a', 'b']) await tell(site, 4)
    return { ...running, tell, since: async () => (await ports.projection.position(USER_A))?.since }
  }

  it('SITE-24, OUT-25 is synced from the start, told of this device again and asked for what it took, once', async () => {
    let told = 0
    const registered = () => Promise.resolve((told++, 'registered' as const))
    const { world, ports, since, tell } = await used({
      deployment: { ...sampleDeployment(), vapid_public_key: 'key' },
      device: { pushState: () => Promise.resolve('subscribed'), subscribe: () => Promise.resolve(subscription) },
      relays: { session: () => Promise.resolve({ bearer: 'b', expires: NOW * 2 }), registerDevice: registered },
    })
    await write(ports, TEAM!, 'verloren')
    await write(ports, TEAM!, 'noch da')
    expect(world.connected).toEqual(['a'])
    expect(await since()).toBe('s9')
    const before = told
    world.lost.push('a $sent1')
    await tell('a', 5)
    expect(world.connected).toEqual(['a', 'a'])
    expect(await since()).toBeNull()
    expect(told - before).toBe(2)
    expect(world.sent.map(({ body }) => body)).toEqual(['verloren', 'noch da', 'verloren'])
    expect((await ports.outbox.all()).map(({ delivery }) => delivery)).toMatchObject([
      { state: 'taken', event_id: '$sent3' },
      { state: 'taken', event_id: '$sent2', passed_on: 'yes' },
    ])
    await tell('a', 5)
    await tell('a', 4)
    expect(world.connected).toEqual(['a', 'a'])
    expect(world.sent).toHaveLength(3)
  })

  it('SITE-24 a first word of a site, and a word of another site, leave it as it is', async () => {
    const { world, since, tell } = await used()
    await tell('b', 5)
    expect(await since()).toBe('s9')
    expect(world.connected).toEqual(['a'])
  })

  it('SITE-24 is noticed after the next start, if it was said while no window was open', async () => {
    const { ports, tell, since } = await used()
    await ends.pop()!()
    await tell('a', 5)
    expect(await since()).toBe('s9')
    const snapshots = keepSnapshot(ports.projection, () => {})
    await settled()
    ends.push(
      startEngine(
        ports,
        snapshots,
        () => {},
        () => {},
      ),
    )
    await settled()
    expect(await since()).toBeNull()
  })

  it('OUT-25 is asked for what it took also when only its positions tell', async () => {
    const { world, ports } = await used()
    await write(ports, TEAM!, 'verloren')
    world.lost.push('a $sent1')
    world.restored['a']!()
    await settled()
    expect(world.sent.map(({ body }) => body)).toEqual(['verloren', 'verloren'])
  })
})
