import { afterEach, describe, expect, it } from 'vitest'
import type { UserId } from '../../../src/core/ids.ts'
import { startBot, type Bot } from '../../../src/server/bot/bot.ts'
import { createMemory } from '../../../src/server/bot/memory.ts'
import { createLeavers, restoreLog, type Leavers } from '../../../src/server/devices/leavers.ts'
import { openStore } from '../../../src/server/store.ts'
import {
  addRoom,
  addToSpace,
  ALL,
  bot,
  deploymentOf,
  foundAgency,
  person,
  silentLog,
  SPACE,
  UNIT,
} from '../../fakes/agency.ts'
import { memoryRegister } from '../../fakes/device-register.ts'
import { FakeHomeserver } from '../../fakes/homeserver.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'
import { createPhone } from '../../fakes/phone.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const ANNA: UserId[] = ['@anna:a.example', '@anna:b.example']
const BEN: UserId[] = ['@ben:a.example', '@ben:b.example']
const CLEO: UserId[] = ['@cleo:a.example']

const running: (Bot | Leavers)[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.stop()))
})

/** Anna, Ben and Cleo are in the space and in rooms of it, each with a phone. */
async function world(inSpace = [...ANNA, ...BEN, ...CLEO]) {
  const clock = new ManualClock()
  const hs = new FakeHomeserver(clock.now)
  foundAgency(hs)
  const enter = (accounts: UserId[], membership = 'join', room = SPACE) => {
    for (const account of accounts) hs.add(room, account, 'm.room.member', { membership }, account)
  }
  enter(inSpace)
  const out = (accounts: UserId[]) => {
    for (const room of [ALL, UNIT, SPACE]) enter(accounts, 'leave', room)
  }
  const register = memoryRegister()
  for (const id of ['anna', 'ben', 'cleo'])
    await register.put({
      id,
      person: person(id),
      seen: clock.now(),
      device: createPhone(`https://fcm.googleapis.com/${id}`).device,
    })
  const state = { complete: true, epoch: 0 }
  const deployment = () => deploymentOf()
  const memory = createMemory(deployment)
  const restores = restoreLog(openStore(null))
  const homeserver = hs.as(bot('a'))
  const complete = () => state.complete && started.live()
  const leavers = createLeavers({
    deployment,
    knowledge: memory,
    complete,
    restores,
    homeserver,
    register,
    clock,
    log: silentLog,
  })
  const started = startBot({
    homeserver,
    user: bot('a'),
    deployment,
    memory,
    clock,
    log: silentLog,
    heartbeat: { epoch: () => state.epoch, wentBack: () => {} },
    changed: leavers.consider,
    back: () => {},
  })
  running.push(started, leavers)
  await settled()
  const left = async () => (await Array.fromAsync(register.all())).map(({ id }) => id)
  const day = async () => {
    await leavers.look()
    await clock.advance(DAY)
    await leavers.look()
  }
  return { clock, hs, enter, out, state, restores, leavers, left, day }
}

describe('KEEP-3 who has left the agency', () => {
  it('loses every device a minute later, and registers none', async () => {
    const { out, clock, left, leavers } = await world()
    out(ANNA)
    await settled()
    expect(leavers.has(person('anna'))).toBe(true)
    await clock.advance(MINUTE - 1)
    expect(await left()).toEqual(['anna', 'ben', 'cleo'])
    await clock.advance(1)
    expect(await left()).toEqual(['ben', 'cleo'])
  })

  it('also who was banned, and who has left while the relay was away', async () => {
    const { hs, enter, out, clock, left, leavers } = await world()
    hs.down = true
    await settled()
    out(ANNA)
    for (const room of [ALL, UNIT, SPACE]) enter(BEN, 'ban', room)
    hs.down = false
    await clock.advance(MINUTE)
    await leavers.look()
    await clock.advance(MINUTE)
    expect(await left()).toEqual(['cleo'])
  })

  it('may come back within the minute, and later', async () => {
    const { enter, out, clock, left, leavers } = await world()
    out(ANNA)
    await clock.advance(MINUTE - 1)
    enter(['@anna:b.example'], 'invite')
    await clock.advance(10 * MINUTE)
    expect(await left()).toEqual(['anna', 'ben', 'cleo'])
    out(CLEO)
    await clock.advance(MINUTE)
    expect(leavers.has(person('cleo'))).toBe(true)
    enter(CLEO)
    await settled()
    expect(leavers.has(person('cleo'))).toBe(false)
  })
})

describe('KEEP-4 nobody’s devices go', () => {
  it('who has an account in any room, or an invitation, at any site', async () => {
    const { enter, out, day, left } = await world()
    out(['@anna:a.example'])
    out(BEN)
    enter(['@ben:a.example'], 'join', UNIT)
    out(CLEO)
    enter(CLEO, 'invite', ALL)
    await day()
    expect(await left()).toEqual(['anna', 'ben', 'cleo'])
  })

  it('whom the space does not name at all: a homeserver may have been restored to before they came', async () => {
    const { enter, left, day, leavers } = await world([...BEN, ...CLEO])
    enter(ANNA, 'leave', ALL)
    await day()
    expect(await left()).toEqual(['anna', 'ben', 'cleo'])
    expect(leavers.has(person('anna'))).toBe(false)
  })

  type World = Awaited<ReturnType<typeof world>>
  it.each([
    ['a site is down, or has just come back', ({ state }: World) => void (state.complete = false)],
    ['the homeserver is silent', ({ hs }: World) => void (hs.down = true)],
    ['a room of the space is not known here', ({ hs }: World) => addToSpace(hs, '!elsewhere')],
    ['the homeserver was restored today', ({ restores, clock }: World) => restores.note(clock.now())],
  ])('while %s', async (_, trouble) => {
    const all = await world()
    trouble(all)
    await settled()
    all.out(ANNA)
    await all.clock.advance(10 * MINUTE)
    await all.leavers.look()
    await all.clock.advance(10 * MINUTE)
    expect(await all.left()).toEqual(['anna', 'ben', 'cleo'])
    expect(all.leavers.has(person('anna'))).toBe(false)
  })

  it('but as soon as all sites are back, what was heard meanwhile counts', async () => {
    const { out, clock, left, state } = await world()
    state.complete = false
    out(ANNA)
    await clock.advance(10 * MINUTE)
    expect(await left()).toContain('anna')
    state.complete = true
    await clock.advance(2 * MINUTE)
    expect(await left()).not.toContain('anna')
  })

  it('what was seen before the ground was lost does not count as the first of two', async () => {
    const { out, clock, left, state, leavers } = await world()
    out(ANNA)
    await clock.advance(MINUTE / 2)
    state.complete = false
    await leavers.look()
    state.complete = true
    await leavers.look()
    await clock.advance(MINUTE - 1)
    await leavers.look()
    expect(await left()).toContain('anna')
    await clock.advance(MINUTE)
    expect(await left()).not.toContain('anna')
  })

  it('when the homeserver, asked again, says otherwise', async () => {
    const { hs, out, clock, left } = await world()
    out(ANNA)
    await settled()
    // What the bot has heard of it is another thing.
    const said = hs.events.filter((e) => e.room_id === SPACE && e.state_key?.startsWith('@anna'))
    for (const event of said) event.content = { membership: 'join' }
    await clock.advance(10 * MINUTE)
    expect(await left()).toContain('anna')
  })

  it('a day after the restore the homeserver is believed again', async () => {
    const { out, clock, left, restores, day } = await world()
    restores.note(clock.now())
    out(ANNA)
    await day()
    expect(await left()).toContain('anna')
    await clock.advance(MINUTE)
    expect(await left()).not.toContain('anna')
  })
})

it('KEEP-4 a new room of the space stops nothing for longer than the bot needs to be in it', async () => {
  const { hs, out, clock, left, leavers } = await world()
  addToSpace(hs, '!fresh')
  addRoom(hs, '!fresh', 'team', [])
  out(ANNA)
  await settled()
  await clock.advance(MINUTE)
  await leavers.look()
  await clock.advance(MINUTE)
  expect(await left()).toEqual(['ben', 'cleo'])
})
