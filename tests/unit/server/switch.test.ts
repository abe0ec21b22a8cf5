import { afterEach, describe, expect, it } from 'vitest'
import { ALL, bot, deploymentOf, LAGE, UNIT } from '../../fakes/agency.ts'
import { settled } from '../../fakes/manual-clock.ts'
import {
  A_DOWN,
  asking,
  BOTH_UP,
  CHIEF,
  declare,
  proposals,
  rounds,
  speakerWorld,
  stopBots,
  type SpeakerWorld,
} from '../../fakes/speaker-world.ts'

afterEach(stopBots)

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

  it('what it has waited before its own homeserver fell silent does not count: what that lacks is on its way', async () => {
    const world = three()
    const speaker = await world.start('c')
    world.alive.add('b')
    await rounds(speaker, verdict)
    speaker.pause()
    await world.clock.advance(30_000)
    await rounds(speaker, verdict)
    expect(world.alerts()).toEqual([])
    await world.clock.advance(30_000)
    await rounds(speaker, verdict)
    expect(world.alerts()).toHaveLength(2)
  })
})

describe('SWITCH-9 what a manager declares in one room the relays complete', () => {
  it.each([
    ['a move', {}, 'Arbeitsplatz umgezogen nach Standort B', 'failover'],
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
    // Only monitors know that a site does not answer.
    expect(String(world.alerts()[0]!.alert['instruction'])).not.toContain('antwortet nicht')
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

describe('SITE-4 a declaration of a site that the file does not name', () => {
  it('counts for nothing: nobody is told, no other room gets it, and the failover goes on', async () => {
    const world = speakerWorld()
    const speaker = await world.start()
    declare(world, { site: 'karlsruhe' })
    await settled()
    await rounds(speaker, BOTH_UP)
    expect(world.alerts()).toEqual([])
    expect(world.declarations()[1]).toMatchObject({ site: 'a' })
    await rounds(speaker, A_DOWN)
    expect(world.declarations().map((d) => [d['site'], d['from'], d['by']])).toEqual([
      ['b', 'a', 'monitor'],
      ['b', 'a', 'monitor'],
    ])
    expect(world.alerts()).toHaveLength(2)
  })
})

describe('SITE-14 a relay whose homeserver has come back', () => {
  it('waits anew for those who complete a declaration first', async () => {
    const world = speakerWorld(deploymentOf(['a', 'b', 'c']))
    const third = await world.start('c')
    world.alive.add('b')
    declare(world, {})
    await settled()
    const allUp = { a: 'up', b: 'up', c: 'up' } as const
    await rounds(third, allUp)
    third.pause()
    await world.clock.advance(30_000)
    await rounds(third, allUp)
    expect(world.alerts()).toEqual([])
    await world.clock.advance(30_000)
    await rounds(third, allUp)
    expect(world.alerts()).toHaveLength(2)
  })
})

describe('SITE-14 what stands in a room', () => {
  it('gives way to no earlier declaration, also where the bot has not heard of it yet', async () => {
    const world = speakerWorld()
    const speaker = await world.start()
    declare(world, { site: 'b' })
    await settled()
    const back = { v: 1, from: 'b', site: 'a', since: world.clock.now() + 1, by: 'manager' }
    world.hs.add(UNIT, CHIEF, 'de.notanker.active_site', back, '')
    // The bot's sync is under way.
    await speaker.speak(BOTH_UP)
    expect(world.declarations()[1]).toMatchObject(back)
    await settled()
    await rounds(speaker, BOTH_UP)
    expect(world.declarations().map((d) => d['site'])).toEqual(['a', 'a'])
  })
})

describe('SWITCH-9 a declaration that says only where to', () => {
  /** One alert room: nothing else says where from. */
  const alone = () => {
    const world = speakerWorld()
    world.hs.add('!space', bot('a'), 'm.space.child', {}, UNIT)
    return world
  }
  const told = (world: SpeakerWorld) => world.alerts().map((a) => [a.room, a.alert['headline']])

  it('is told where there is only one alert room, also by a relay that has just started', async () => {
    for (const startedBefore of [true, false]) {
      const world = alone()
      const before = startedBefore ? await world.start() : null
      declare(world, { from: undefined })
      await settled()
      await rounds(before ?? (await world.start()), BOTH_UP)
      expect(told(world)).toEqual([[ALL, 'Arbeitsplatz umgezogen nach Standort B']])
      await stopBots()
    }
  })

  it('moves nobody where people are there already', async () => {
    const world = alone()
    declare(world, { site: 'b' })
    await rounds(await world.start(), BOTH_UP)
    declare(world, { from: undefined, since: world.clock.now() + 1 })
    await rounds(await world.start(), BOTH_UP)
    expect(told(world)).toHaveLength(1)
  })

  it('is told as a drill, too', async () => {
    const world = alone()
    declare(world, { from: undefined }, 'de.notanker.drill')
    await rounds(await world.start(), BOTH_UP)
    expect(told(world)).toHaveLength(1)
  })
})

describe('SITE-14 SWITCH-5 the clock of whoever writes may be wrong', () => {
  const HOUR = 3600_000

  it('a declaration by a clock that is two hours behind is completed and told', async () => {
    const world = speakerWorld()
    const speaker = await world.start()
    const since = world.clock.now() - 2 * HOUR
    for (const room of [ALL, UNIT])
      world.hs.add(
        room,
        bot('a'),
        'de.notanker.active_site',
        { v: 1, site: 'a', since: since - 1, by: 'provision' },
        '',
      )
    declare(world, { since })
    await settled()
    await rounds(speaker, BOTH_UP)
    expect(world.alerts().map((a) => [a.room, a.alert['effective']])).toEqual([
      [ALL, world.clock.now()],
      [UNIT, world.clock.now()],
    ])
  })

  it('one by a clock that is ahead is told at once, by the next relay, too, and for no later time', async () => {
    const world = speakerWorld(deploymentOf(['a', 'b', 'c']))
    const third = await world.start('c')
    world.alive.add('b')
    declare(world, { since: world.clock.now() + 2 * HOUR })
    await settled()
    await rounds(third, { a: 'up', b: 'up', c: 'up' })
    await world.clock.advance(30_000)
    await rounds(third, { a: 'up', b: 'up', c: 'up' })
    expect(world.alerts().map((a) => a.alert['effective'])).toEqual([
      world.clock.now() - 30_000,
      world.clock.now() - 30_000,
    ])
  })

  it('a failover right behind one that is ahead is told for now', async () => {
    const world = speakerWorld()
    for (const room of [ALL, UNIT])
      world.hs.add(
        room,
        CHIEF,
        'de.notanker.active_site',
        { v: 1, site: 'a', since: world.clock.now() + HOUR, by: 'provision' },
        '',
      )
    await rounds(await world.start(), A_DOWN)
    expect(world.alerts().map((a) => a.alert['effective'])).toEqual([world.clock.now(), world.clock.now()])
  })

  it('managers have all of their time, whatever the clock of the relay that proposed', async () => {
    const world = asking({ then: 'automatic' })
    await rounds(await world.start(), A_DOWN)
    const [proposal] = proposals(world)
    const late = { ...proposal, at: world.clock.now() - HOUR, until: world.clock.now() - HOUR + 60_000 }
    world.hs.add(LAGE, bot('b'), 'de.notanker.proposal', late, '')
    const next = await world.start('b')
    await rounds(next, A_DOWN)
    expect(world.alerts()).toEqual([])
    await world.clock.advance(60_000)
    await rounds(next, A_DOWN)
    expect(world.alerts()).toHaveLength(2)
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
