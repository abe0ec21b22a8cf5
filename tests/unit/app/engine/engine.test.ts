/** The engine with homeservers in hand: which site it uses, what it sends where, what it brings on board. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { startEngine } from '../../../../src/app/engine/engine.ts'
import { keepSnapshot } from '../../../../src/app/engine/snapshot.ts'
import { recall, remember } from '../../../../src/app/memory.ts'
import type { Account } from '../../../../src/core/ports.ts'
import { parseOrNull } from '../../../../src/core/parse.ts'
import { statusSchema, type RelayStatus } from '../../../../src/core/relay.ts'
import { TYPE } from '../../../../src/core/event.ts'
import type { RoomId, UserId } from '../../../../src/core/ids.ts'
import { ALL, bot, LAGE, person } from '../../../fakes/agency.ts'
import type { FakeWorld } from '../../../fakes/ports.ts'
import { event, HANDBOOK, NOW, sampleDeployment, sampleRecords, sessionOf, TEAM } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { ends, homeservers, ROOMS, run, TEXT, write } from './run.ts'

describe('the site in use', () => {
  it('SITE-8 is the declared one, and what is written goes there', async () => {
    const { world, ports, troubles } = await run()
    expect(world.connected).toEqual(['a'])
    expect(await recall(ports.settings, 'status')).toMatchObject({ site: 'a', sync: 'live' })
    await write(ports, TEAM!, 'Hallo')
    expect(world.sent).toEqual([{ site: 'a', room: TEAM, body: 'Hallo' }])
    expect(troubles).toEqual([])
  })

  it('changes by itself when the declared one is silent, takes along what waits, and says so', async () => {
    const { world, ports, pass } = await run()
    world.up['a'] = false
    world.state['a']!('failing')
    await write(ports, TEAM!, 'Wo seid ihr?')
    await pass(10_000)
    expect(await recall(ports.settings, 'status')).toMatchObject({ site: 'b', sync: 'live' })
    expect(world.stopped).toEqual(['a'])
    expect(world.sent).toEqual([{ site: 'b', room: TEAM, body: 'Wo seid ihr?' }])
  })

  it('OUT-24 brings back what arrived though its answer was lost: it is taken, and goes out no more', async () => {
    const { world, ports, pass } = await run()
    world.mute = true
    await write(ports, TEAM!, 'Hallo')
    const { client_id } = (await ports.outbox.all())[0]!
    const echo = (sender: UserId, room = TEAM!) =>
      event(room, sender, 'm.room.message', { body: 'Hallo', [TYPE.clientId]: client_id })
    const state = async () => (await ports.outbox.all())[0]!.delivery.state
    world.said['a']!([echo('@ben:a.example'), echo('@anna:a.example', ALL)])
    await settled()
    expect(await state()).toBe('waiting')
    const sent = world.sent.length
    world.said['a']!([echo('@anna:b.example')])
    await settled()
    expect(await state()).toBe('taken')
    await pass(60_000)
    expect(world.sent).toHaveLength(sent)
  })

  it('SITE-15 one lost packet moves nobody', async () => {
    const { world, ports, pass } = await run()
    world.up['a'] = false
    world.state['a']!('failing')
    await settled()
    world.up['a'] = true
    await pass(10_000)
    expect(world.connected).toEqual(['a'])
    expect(await recall(ports.settings, 'status')).toMatchObject({ site: 'a' })
  })

  it('SITE-27 goes on at the other address of one homeserver, where it is the same account', async () => {
    const sites = sampleDeployment().sites.map((site) => ({ ...site, server_name: 'a.example' }))
    const session = sessionOf('anna')
    const accounts = session.accounts.map((account) => ({ ...account, user: '@anna:a.example' as UserId }))
    const { world, pass } = await run({
      deployment: { ...sampleDeployment(), sites },
      session: { ...session, accounts },
    })
    world.up['a'] = false
    world.state['a']!('failing')
    await pass(10_000)
    expect(world.connected).toEqual(['a', 'b'])
    expect(world.stopped).toEqual(['a'])
  })

  it('SITE-9 when nothing answers, it stays', async () => {
    const { world, ports, pass } = await run()
    Object.assign(world.up, { a: false, b: false })
    await pass(60_000)
    expect(await recall(ports.settings, 'status')).toMatchObject({
      site: 'a',
      answers: { a: { up: false }, b: { up: false } },
    })
  })

  it('APP-19 tells no site apart from no network, by the relays; and asks them only then', async () => {
    const asked = { times: 0, answers: null as RelayStatus | null }
    const status = () => Promise.resolve(((asked.times += 1), asked.answers))
    const { world, ports, pass } = await run({ relays: { status } })
    const relayed = async () => (await recall(ports.settings, 'status'))?.relayed
    const before = asked.times
    await pass(50_000)
    expect([await relayed(), asked.times]).toEqual([false, before])
    Object.assign(world.up, { a: false, b: false })
    world.state['a']!('failing')
    await pass(10_000)
    expect(await relayed()).toBe(false)
    const each = asked.times
    await pass(20_000)
    expect(asked.times - each).toBeLessThanOrEqual(2)
    const quiet = { v: 1, relay: 'a', at: NOW, epoch: 0, sites: {}, verdict: {}, active_site: null, sent: [] }
    asked.answers = parseOrNull(statusSchema, quiet)
    await pass(30_000)
    expect(await relayed()).toBe(true)
    world.up['b'] = true
    await pass(10_000)
    expect(await relayed()).toBe(false)
  })

  it('SITE-4 follows a declaration that arrives, though the old site still answers', async () => {
    const { ports, world } = await run()
    const declared = { v: 1, site: 'b', from: 'a', since: NOW, by: 'manager' }
    await ports.projection.add(ALL, { state: [event(ALL, bot('b'), TYPE.activeSite, declared, { key: '', at: NOW })] })
    await settled()
    expect(world.connected).toEqual(['a', 'b'])
  })

  it('SITE-10 is never one without a session', async () => {
    const { world, pass } = await run({ session: sessionOf('anna', ['a']) })
    world.up['a'] = false
    await pass(30_000)
    expect(new Set(world.connected)).toEqual(new Set(['a']))
  })

  it('SITE-10, SIGN-3 is another one when a homeserver no longer knows the session; and stays when no session holds', async () => {
    const { world, ports } = await run()
    world.ended.add('a')
    world.state['a']!('signed_out')
    await settled()
    expect(world.connected).toEqual(['a', 'b'])
    await write(ports, TEAM!, 'Hallo')
    expect(world.sent).toEqual([{ site: 'b', room: TEAM, body: 'Hallo' }])
    world.ended.add('b')
    world.state['b']!('signed_out')
    await settled()
    expect(await recall(ports.settings, 'session')).toMatchObject({ person: 'anna' })
    expect((await recall(ports.settings, 'status'))?.site).not.toBeNull()
  })

  it('DEVICE-7 is another one as soon as a homeserver refuses a message, and the same again when the account is unlocked', async () => {
    const { world, ports, pass } = await run()
    world.locked.add('a')
    await write(ports, TEAM!, 'Hallo')
    await pass(2_000)
    expect(world.sent).toEqual([{ site: 'b', room: TEAM, body: 'Hallo' }])
    world.locked.add('b')
    world.state['b']!('signed_out')
    await write(ports, TEAM!, 'Wartet')
    await pass(5_000)
    expect(world.sent).toHaveLength(1)
    expect((await ports.outbox.all()).map((item) => item.delivery.state)).toEqual(['taken', 'waiting'])
    world.locked.clear()
    await remember(ports.settings, 'ask', NOW)
    await settled()
    expect(world.sent[1]).toMatchObject({ body: 'Wartet' })
    expect(await recall(ports.settings, 'status')).toMatchObject({ site: 'a', sync: 'live' })
  })

  it('SYNC-20 who was put out of a room is asked after at the other site, whose account kept its rows', async () => {
    const { world, ports } = await run()
    const rooms = ROOMS.map((id) => ({ id, state: [], timeline: [], limited: false }))
    const batch = { initial: false, rooms, left: [], next_batch: 's1' }
    const users = ['a', 'b'].map((site) => sessionOf('anna', [site]).accounts[0]!.user)
    for (const account of users) await ports.projection.apply({ ...batch, account }, NOW)
    const here = async () => (await ports.projection.load()).rooms.has(TEAM!)
    await ports.projection.apply({ ...batch, account: users[0]!, rooms: [], left: [TEAM!] }, NOW)
    world.rooms['a']!()
    await settled()
    expect(await here()).toBe(true)
    world.member = 'leave'
    world.rooms['a']!()
    await settled()
    expect(await here()).toBe(false)
    expect(await ports.projection.position(users[1]!)).toMatchObject({
      since: 's1',
      joined: ROOMS.filter((id) => id !== TEAM),
    })
  })

  it('SITE-16 starts where the last start ended, before anything is known of the sites', async () => {
    const { world, ports, pass } = await run()
    world.up['a'] = false
    await pass(30_000)
    await ends.pop()!()
    world.connected.length = 0
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
    expect(world.connected).toEqual(['b'])
  })
})

it('SITE-21 a window that cannot load what it needs lets another one lead, once', async () => {
  const broken: FakeWorld = { load: () => Promise.reject(new Error('no such chunk')) }
  const { handovers, pass } = await run(broken)
  expect(handovers()).toBe(0)
  await pass(40_000)
  expect(handovers()).toBe(1)
  await pass(31_000)
  expect(handovers()).toBe(1)
})

it('OUT-18 plain text is never sent into a room that is encrypted', async () => {
  const secret = event(TEAM!, bot('a'), 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }, { key: '' })
  const { world, ports } = await run({ records: sampleRecords([], [secret]) })
  await write(ports, TEAM!, 'geheim')
  expect(world.sent).toEqual([])
  expect((await ports.outbox.all())[0]?.delivery).toMatchObject({ state: 'refused', reason: 'encrypted' })
})

describe('a declaration', () => {
  const declare = async (since: number) => {
    const known = event(
      ALL,
      bot('a'),
      TYPE.activeSite,
      { v: 1, site: 'a', since: NOW, by: 'monitor' },
      { key: '', at: NOW },
    )
    const secret = event(ALL, bot('a'), 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }, { key: '' })
    const { world, ports } = await run({ records: sampleRecords([known, secret]) })
    const content = { v: 1, site: 'b', from: 'a', since, by: 'manager' }
    const payload = { kind: 'event', room: ALL, type: TYPE.activeSite, content, state_key: '' } as const
    await ports.outbox.add([{ client_id: `client-${since}`, person: person('anna'), created: NOW, payload }])
    await settled()
    return { sent: world.sent.map(({ room }) => room), delivery: (await ports.outbox.all())[0]!.delivery }
  }
  it('LEAD-13 goes out as state, also where messages are encrypted', async () => {
    expect(await declare(NOW + 1)).toMatchObject({ sent: [ALL], delivery: { state: 'taken' } })
  })
  it('SWITCH-18 that a later one has overtaken is not sent', async () => {
    expect(await declare(NOW - 1)).toMatchObject({ sent: [], delivery: { state: 'refused', reason: 'overtaken' } })
  })
})

describe('BOOK-2 the texts of playbooks', () => {
  const withCard = (text: string) => {
    const card = {
      v: 1,
      title: 'Räumung',
      scenario: 'Gebäude',
      version: 3,
      updated: '2026-09-08',
      bytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      parts: 1,
    }
    const of = event(HANDBOOK!, bot('a'), TYPE.playbook, card, { key: 'raeumung' })
    return sampleRecords().map((r) =>
      r.id === HANDBOOK ? { ...r, state: new Map([...r.state, [`${TYPE.playbook}\nraeumung`, of]]) } : r,
    )
  }

  it('come on board when they are what their card says', async () => {
    const { ports } = await run({ records: withCard(TEXT) })
    expect(await ports.projection.body('raeumung')).toMatchObject({ markdown: TEXT, version: 3 })
  })

  it('stay away when they are not', async () => {
    const { ports } = await run({ records: withCard('something else') })
    expect(await ports.projection.body('raeumung')).toBeNull()
  })
})

describe('what belongs to one sign-in', () => {
  const subscription = { endpoint: 'https://push.example/1', keys: { p256dh: 'p'.repeat(87), auth: 'a'.repeat(22) } }
  const device = {
    pushState: () => Promise.resolve('subscribed' as const),
    subscribe: () => Promise.resolve(subscription),
  }
  const deployment = { ...sampleDeployment(), vapid_public_key: 'key' }

  it('SIGN-4 what a hanging relay answers after the sign-out is not written any more', async () => {
    const late = Promise.withResolvers<{ bearer: string; expires: number }>()
    const registered: string[] = []
    const relays = {
      session: () => late.promise,
      registerDevice: (url: string) => Promise.resolve(registered.push(url)).then(() => 'registered' as const),
    }
    const { ports } = await run({ device, deployment, relays })
    await ports.settings.set('session', null)
    await settled()
    late.resolve({ bearer: 'of anna', expires: NOW + 3600_000 })
    await settled()
    expect(await recall(ports.settings, 'bearer')).toBeNull()
    expect(registered).toEqual([])
  })

  it('SIGN-4 a bearer of somebody else on the same device is not used', async () => {
    const used: string[] = []
    const relays = {
      session: () => Promise.resolve({ bearer: 'of ben', expires: NOW + 3600_000 }),
      registerDevice: (_url: string, bearer: string) =>
        Promise.resolve(used.push(bearer)).then(() => 'registered' as const),
    }
    const { ports } = await run({ device, deployment, relays, session: null })
    await ports.settings.set('bearer', { bearer: 'of anna', expires: NOW + 3600_000, device: 'another' })
    await ports.settings.set('session', sessionOf('ben'))
    await settled()
    expect(new Set(used)).toEqual(new Set(['of ben']))
  })

  it('a token goes only where the deployment file says the site is', async () => {
    const asked = new Set<string>()
    const whoami = (account: Account) => {
      asked.add(account.homeserver)
      return Promise.resolve(true)
    }
    const [a, b] = deployment.sites
    const moved = { ...deployment, sites: [{ ...b!, homeserver: 'https://new.b.example' }] }
    await run({ deployment: moved, matrix: { whoami } })
    expect(a!.id).toBe('a')
    expect([...asked]).toEqual(['https://new.b.example'])
  })
})

it('the switch does not wait for what a frozen site still owes', async () => {
  const { matrix, world } = homeservers()
  const joinAgencyRooms = (account: Account) =>
    account.site === 'a' ? new Promise<never>(() => {}) : Promise.resolve(ROOMS)
  const { pass } = await run({ matrix: { ...matrix, joinAgencyRooms } })
  world.up['a'] = false
  await pass(30_000)
  expect(world.connected).toEqual(['b'])
})

it('ROOM-6 who is in a room is asked as soon as the room is known', async () => {
  const asked: string[] = []
  const [first, ...others] = sampleRecords()
  const members = (_: Account, room: RoomId) => {
    asked.push(room)
    return Promise.resolve([])
  }
  const { ports } = await run({ records: [first!], matrix: { members } })
  expect(asked).toEqual([])
  for (const { id, state } of others) await ports.projection.add(id, { state: [...state.values()] })
  await settled()
  expect(asked.toSorted()).toEqual([LAGE, TEAM])
})

it('READY-3 a site that does not answer leaves the last proof of its session', async () => {
  const { world, ports, pass } = await run()
  expect(await recall(ports.settings, 'sessions')).toEqual({ a: { holds: true, at: NOW }, b: { holds: true, at: NOW } })
  world.up['b'] = false
  await ports.settings.set('ask', NOW)
  await pass(2_000)
  expect(await recall(ports.settings, 'sessions')).toMatchObject({ b: { holds: true, at: NOW } })
})

it('READY-10 what was offered at a site that is not in use is joined there, once a day', async () => {
  const { world, ports, pass } = await run()
  expect(world.standby).toEqual(['b'])
  const look = async (hoursAgo: number) => {
    await remember(ports.settings, 'offered', { b: NOW - hoursAgo * 3600_000 })
    await remember(ports.settings, 'ask', NOW)
    await pass(1_000)
    return world.standby.length
  }
  expect(await look(23)).toBe(1)
  expect(await look(24)).toBe(2)
})

it('SITE-18 a newer deployment file is followed, an older one is not', async () => {
  const newer = { ...sampleDeployment(), serial: 5 }
  const { ports } = await run({ loadDeployment: () => Promise.resolve(newer) })
  expect(await recall(ports.settings, 'deployment')).toMatchObject({ serial: 5 })
  const other = await run({ loadDeployment: () => Promise.resolve({ ...sampleDeployment(), serial: 0 }) })
  expect(await recall(other.ports.settings, 'deployment')).toMatchObject({ serial: 1 })
})
