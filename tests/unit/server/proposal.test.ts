import { afterEach, describe, expect, it } from 'vitest'
import { proposalAlert } from '../../../src/core/proposal.ts'
import { ALL, deploymentOf, LAGE, UNIT } from '../../fakes/agency.ts'
import { settled } from '../../fakes/manual-clock.ts'
import {
  A_DOWN,
  asking,
  BOTH_UP,
  declare,
  proposals,
  rounds,
  stopBots,
  type SpeakerWorld,
} from '../../fakes/speaker-world.ts'

afterEach(stopBots)

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
    expect(world.alerts()[0]!.alert['instruction']).toContain('Standort A antwortet nicht mehr')
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

describe('SWITCH-17 a manager declines', () => {
  const decline = (world: SpeakerWorld) =>
    declare(world, {
      site: 'a',
      from: 'a',
      declines: proposals(world).at(-1)!['incident'],
      since: world.clock.now() + 1,
    })

  it('the proposal is settled, the crisis team is told, and nobody else; also when its time is over', async () => {
    const world = asking({ then: 'automatic' })
    const speaker = await world.start()
    await rounds(speaker, A_DOWN)
    decline(world)
    await settled()
    await rounds(speaker, A_DOWN)
    await world.clock.advance(60_001)
    await rounds(speaker, A_DOWN)
    expect(proposals(world).map((p) => p['state'])).toEqual(['open', 'declined'])
    expect(world.alerts()).toEqual([])
    expect(proposalAlert(deploymentOf(), speaker.knowledge.proposal()!)).toMatchObject({
      current: { content: { msg_type: 'Cancel', headline: 'Es wird nicht umgeschaltet: Standort A bleibt' } },
    })
    expect(world.declarations().map((d) => d['declines'])).toEqual(Array(2).fill(proposals(world)[0]!['incident']))
  })

  it('it is proposed again when most monitors have seen the site fall anew, by a relay that has started since, too', async () => {
    const world = asking()
    world.alive.add('witness')
    await rounds(await world.start(), A_DOWN)
    decline(world)
    await settled()
    const later = await world.start()
    await rounds(later, A_DOWN)
    world.fell.at = world.clock.now() + 2
    await rounds(later, A_DOWN)
    expect(proposals(world).map((p) => p['state'])).toEqual(['open', 'declined', 'open'])
    expect(new Set(proposals(world).map((p) => p['id'])).size).toBe(2)
  })

  it('in the moment in which a relay declares: it looks right before, and lets it be', async () => {
    const world = asking({ then: 'automatic' })
    let late = false
    const speaker = await world.start('b', (port) => ({
      ...port,
      stateEvent: (...args) => {
        if (late) decline(world)
        late = false
        return port.stateEvent(...args)
      },
    }))
    await rounds(speaker, A_DOWN)
    await world.clock.advance(60_000)
    late = true
    await rounds(speaker, A_DOWN, 1)
    expect(world.alerts()).toEqual([])
    expect(world.declarations()[0]).toMatchObject({ site: 'a' })
  })
})
