import { afterEach, describe, expect, it } from 'vitest'
import { proposalAlert } from '../../../src/core/proposal.ts'
import { ALL, bot, deploymentOf, LAGE, UNIT } from '../../fakes/agency.ts'
import { settled } from '../../fakes/manual-clock.ts'
import { A_DOWN, BOTH_UP, speakerWorld, stopBots } from '../../fakes/speaker-world.ts'

afterEach(stopBots)

const CHIEF = '@chief:a.example' as const
const asking = (more: object = {}) =>
  speakerWorld(deploymentOf(['a', 'b'], { failover: { mode: 'confirm', confirm_within_s: 60, ...more } }))
type World = ReturnType<typeof speakerWorld>
const proposals = ({ hs }: World) => hs.of(LAGE, 'de.notanker.proposal').map((e) => e.content)
const declare = ({ hs, clock }: World, content: object, type = 'de.notanker.active_site') =>
  hs.add(ALL, CHIEF, type, { v: 1, from: 'a', site: 'b', since: clock.now(), by: 'manager', ...content }, '')
async function rounds(speaker: Awaited<ReturnType<World['start']>>, verdict: typeof A_DOWN, count = 2) {
  for (let i = 0; i < count; i++) {
    await speaker.speak(verdict)
    await settled()
  }
}

describe('SWITCH-5 in mode confirm', () => {
  it('the successor proposes, with what each monitor saw, and moves nobody', async () => {
    const world = asking()
    world.alive.add('witness')
    const speaker = await world.start()
    await rounds(speaker, A_DOWN, 3)
    const [proposal, ...more] = proposals(world)
    expect(more).toEqual([])
    expect(proposal).toMatchObject({ state: 'open', from: 'a', to: 'b', rev: 0, until: world.clock.now() + 60_000 })
    expect(proposal!['evidence']).toEqual([
      { monitor: 'a', up: null, since: null },
      { monitor: 'b', up: false, since: 5 },
      { monitor: 'witness', up: false, since: 5 },
    ])
    expect(world.alerts()).toEqual([])
    expect(world.declarations().every((d) => d['site'] === 'a')).toBe(true)
  })

  it('takes it back when the site answers, and makes it again as a later revision', async () => {
    const world = asking()
    const speaker = await world.start()
    await rounds(speaker, A_DOWN)
    await rounds(speaker, BOTH_UP)
    await rounds(speaker, A_DOWN)
    expect(proposals(world).map((p) => [p['state'], p['rev']])).toEqual([
      ['open', 0],
      ['withdrawn', 1],
      ['open', 2],
    ])
    expect(new Set(proposals(world).map((p) => p['id'])).size).toBe(1)
  })

  it('leaves it standing, and its time running, while nobody is sure', async () => {
    const world = asking()
    const speaker = await world.start()
    await rounds(speaker, A_DOWN)
    await rounds(speaker, { a: 'unknown', b: 'up' })
    await rounds(speaker, A_DOWN)
    expect(proposals(world).map((p) => [p['state'], p['rev']])).toEqual([['open', 0]])
  })

  it('tells the crisis team by an alert of its own, and takes that back', async () => {
    const world = asking()
    const speaker = await world.start()
    const told = () => proposalAlert(deploymentOf(), speaker.knowledge.proposal()!)
    await rounds(speaker, A_DOWN)
    expect(told()).toMatchObject({ rooms: [LAGE], current: { content: { msg_type: 'Alert', severity: 'Severe' } } })
    await rounds(speaker, BOTH_UP)
    expect(told()).toMatchObject({ current: { content: { msg_type: 'Cancel', rev: 1 } } })
  })

  it('a manager declares it: one alert for the incident, in every room, and the proposal is settled', async () => {
    const world = asking()
    const speakers = [await world.start(), await world.start('a')]
    await rounds(speakers[0]!, A_DOWN)
    const incident = proposals(world)[0]!['incident']
    declare(world, { incident })
    await settled()
    for (const speaker of speakers) await rounds(speaker, A_DOWN)
    expect(world.alerts().map((a) => [a.room, a.alert['id']])).toEqual([
      [ALL, incident],
      [UNIT, incident],
    ])
    expect(proposals(world).at(-1)).toMatchObject({ state: 'declared' })
    expect(proposalAlert(deploymentOf(), speakers[0]!.knowledge.proposal()!)).toBeNull()
  })

  it('when nobody answers in time the relays declare, if the file says so, and only then', async () => {
    for (const then of ['automatic', 'nothing']) {
      const world = asking({ then })
      const speaker = await world.start()
      await rounds(speaker, A_DOWN)
      await world.clock.advance(59_999)
      await rounds(speaker, A_DOWN)
      expect(world.alerts()).toEqual([])
      await world.clock.advance(1)
      await rounds(speaker, A_DOWN)
      expect(world.alerts()).toHaveLength(then === 'automatic' ? 2 : 0)
      expect(world.declarations()[0]).toMatchObject(then === 'automatic' ? { site: 'b', by: 'monitor' } : { site: 'a' })
      await stopBots()
    }
  })

  it('a relay that starts again goes on with the proposal that stands there', async () => {
    const world = asking({ then: 'automatic' })
    await rounds(await world.start(), A_DOWN)
    await world.clock.advance(60_000)
    await rounds(await world.start(), A_DOWN)
    expect(world.alerts()).toHaveLength(2)
  })
})

describe('SWITCH-7 who speaks', () => {
  const three = () => speakerWorld(deploymentOf(['a', 'b', 'c']))
  const verdict = { a: 'down', b: 'up', c: 'up' } as const

  it('the next relay speaks for a site whose own is silent', async () => {
    const world = three()
    await rounds(await world.start('c'), verdict)
    expect(world.declarations()[0]).toMatchObject({ site: 'b', from: 'a' })
    expect(world.alerts()).toHaveLength(2)
  })

  it('and for one that answers and says nothing, after a while', async () => {
    const world = three()
    const speaker = await world.start('c')
    world.alive.add('b')
    await rounds(speaker, verdict)
    expect(world.alerts()).toEqual([])
    await world.clock.advance(30_000)
    await rounds(speaker, verdict)
    expect(world.alerts()).toHaveLength(2)
  })
})

describe('SWITCH-9 what a manager declares in one room the relays complete', () => {
  it.each([
    ['a failover', {}, 'Arbeitsplatz umgezogen nach Standort B', 'failover'],
    ['the closing of a site that answers', { closed: ['a'] }, 'Standort A ist geschlossen', 'failover'],
    ['the way back', { site: 'a', from: 'b' }, 'Arbeitsplatz zurück in Standort A', 'switch_back'],
  ])('%s', async (_what, content, headline, kind) => {
    const world = speakerWorld()
    const speaker = await world.start()
    declare(world, content)
    await settled()
    await rounds(speaker, BOTH_UP, 3)
    expect(world.alerts().map((a) => [a.room, a.alert['headline'], a.alert['kind'], a.alert['status']])).toEqual([
      [ALL, headline, kind, 'Actual'],
      [UNIT, headline, kind, 'Actual'],
    ])
    expect(world.declarations()[1]).toMatchObject({ by: 'manager', ...content })
  })

  it('also the way back to a site that the monitors still see down', async () => {
    const world = asking()
    const speaker = await world.start()
    declare(world, { site: 'a', from: 'b' })
    await settled()
    await rounds(speaker, A_DOWN)
    expect(world.alerts().map((a) => [a.room, a.alert['kind']])).toEqual([
      [ALL, 'switch_back'],
      [UNIT, 'switch_back'],
    ])
    expect(proposals(world).at(-1)).toMatchObject({ state: 'open' })
  })

  it('and go on after a crash with what says where from in one room only', async () => {
    const world = speakerWorld()
    const said = { v: 1, site: 'b', since: world.clock.now(), by: 'manager' }
    world.hs.add(ALL, bot('b'), 'de.notanker.active_site', { ...said, from: 'a' }, '')
    world.hs.add(UNIT, CHIEF, 'de.notanker.active_site', said, '')
    await rounds(await world.start(), BOTH_UP)
    expect(world.alerts().map((a) => a.room)).toEqual([ALL, UNIT])
  })

  it('closing a site that nobody uses moves nobody and rings nobody', async () => {
    const world = speakerWorld()
    const speaker = await world.start()
    declare(world, { site: 'a', from: 'a', closed: ['b'] })
    await settled()
    await rounds(speaker, BOTH_UP)
    expect(world.declarations()[1]).toMatchObject({ closed: ['b'] })
    expect(world.alerts()).toEqual([])
  })
})

it('SWITCH-10 a correction withdraws the alert of the incident, once in each room', async () => {
  const world = speakerWorld()
  const speaker = await world.start()
  await rounds(speaker, A_DOWN)
  const incident = world.declarations()[0]!['incident']
  await world.clock.advance(1000)
  declare(world, { site: 'a', from: 'b', corrects: incident })
  await settled()
  await rounds(speaker, BOTH_UP, 3)
  const withdrawals = world.alerts().filter((a) => a.alert['rev'] === 1)
  expect(withdrawals.map((a) => [a.room, a.alert['id'], a.alert['msg_type'], a.alert['kind']])).toEqual([
    [ALL, incident, 'Cancel', 'failover'],
    [UNIT, incident, 'Cancel', 'failover'],
  ])
  expect(withdrawals[0]!.event.content['body']).toContain('ZURÜCKGENOMMEN')
  expect(world.alerts()).toHaveLength(4)
})

describe('SWITCH-13 a drill', () => {
  it('is told as a drill and moves nobody', async () => {
    const world = speakerWorld()
    const speaker = await world.start()
    declare(world, {}, 'de.notanker.drill')
    await settled()
    await rounds(speaker, BOTH_UP, 3)
    expect(world.alerts().map((a) => a.alert['status'])).toEqual(['Exercise', 'Exercise'])
    expect(world.alerts()[0]!.event.content['body']).toMatch(/^\[ÜBUNG\]/)
    expect(world.declarations().every((d) => d['site'] === 'a')).toBe(true)
  })

  it('moves people only where the declaration itself is one', async () => {
    const world = speakerWorld()
    const speaker = await world.start()
    declare(world, { status: 'Exercise' })
    await settled()
    await rounds(speaker, BOTH_UP)
    expect(world.declarations()[1]).toMatchObject({ site: 'b', status: 'Exercise' })
    expect(world.alerts().map((a) => a.alert['status'])).toEqual(['Exercise', 'Exercise'])
  })
})

it('SWITCH-12 a template that becomes too long gives way to the default, with a warning', async () => {
  const world = speakerWorld()
  const handbook = '!handbook' as const
  world.hs.add('!space', bot('a'), 'm.space.child', { via: ['a.example'] }, handbook)
  world.hs.add(handbook, bot('a'), 'm.room.create', { room_version: '12' }, '')
  world.hs.add(handbook, bot('a'), 'de.notanker.room', { v: 1, kind: 'handbook', title: 'Handbuch' }, '')
  const words = {
    v: 1,
    severity: 'Severe',
    headline: '{to}'.repeat(30),
    instruction: '',
    next_step: 'x',
    responses: [],
  }
  world.hs.add(handbook, bot('a'), 'de.notanker.template', words, 'failover')
  await rounds(await world.start(), A_DOWN)
  expect(world.alerts()[0]?.alert).toMatchObject({ headline: 'Arbeitsplatz umgezogen nach Standort B' })
  expect(world.warnings).toContainEqual({ template: 'failover', reason: expect.stringContaining('headline') })
})
