import { afterEach, describe, expect, it } from 'vitest'
import type { RoomId } from '../../../src/core/ids.ts'
import { startBot, type Bot } from '../../../src/server/bot/bot.ts'
import { createMemory, type Memory } from '../../../src/server/bot/memory.ts'
import {
  addRoom,
  addToSpace,
  ALERT_ID,
  alertContent,
  ALL,
  bot,
  deploymentOf,
  foundAgency,
  LAGE,
  sendAlert,
  silentLog,
  UNIT,
} from '../../fakes/agency.ts'
import { FakeHomeserver, type HomeserverPort } from '../../fakes/homeserver.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'

const DAY = 24 * 3600_000
const running: Bot[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((b) => b.stop()))
})

async function setUp(
  prepare: (hs: FakeHomeserver, clock: ManualClock) => void = () => {},
  wrap: (port: HomeserverPort) => HomeserverPort = (port) => port,
) {
  const clock = new ManualClock()
  const hs = new FakeHomeserver(clock.now)
  foundAgency(hs)
  prepare(hs, clock)
  const deployment = () => deploymentOf()
  const memory = createMemory(deployment)
  const count = { changed: 0, back: 0 }
  const changed = () => void count.changed++
  const back = () => void count.back++
  const homeserver = wrap(hs.as(bot('b')))
  const heartbeat = { at: 0, restored: [] as number[] }
  const ports = {
    homeserver,
    user: bot('b'),
    deployment,
    memory,
    clock,
    log: silentLog,
    heartbeat: { epoch: () => heartbeat.at, wentBack: (epoch: number) => void heartbeat.restored.push(epoch) },
    changed,
    back,
  }
  const started = startBot(ports)
  running.push(started)
  await settled()
  /** Another start at the same homeserver; what `look` says of its memory whenever something has changed. */
  async function again<T>(look: (known: Memory) => T): Promise<T[]> {
    const seen: T[] = []
    const memory = createMemory(deployment)
    running.push(startBot({ ...ports, memory, changed: () => void seen.push(look(memory)) }))
    await settled()
    return seen
  }
  return { clock, hs, memory, count, heartbeat, bot: started, follow: settled, again }
}
const response = (n: number) => `0198bbbb-0000-7000-8000-00000000000${n}`
const tally = (n: number) => ({
  v: 1,
  alert: ALERT_ID,
  entries: [{ id: response(n), person: 'anna', key: 'ok', at: 1 }],
})

describe('RELAY-11 what the bot takes for the agency', () => {
  it('the rooms that the space names and that say what they are', async () => {
    const { memory } = await setUp()
    expect(memory.rooms().map((r) => [r.id, r.kind])).toEqual([
      [ALL, 'alert'],
      [UNIT, 'alert'],
      [LAGE, 'lage'],
    ])
  })

  it('no alert of a room that is not in the space', async () => {
    const stranger: RoomId = '!stranger'
    const { memory } = await setUp((hs, clock) => {
      addRoom(hs, stranger, 'alert', ['@chief:a.example'])
      sendAlert(hs, stranger, alertContent(clock.now()))
    })
    expect(memory.alerts()).toEqual([])
  })

  it('no alert of somebody without the power to send one', async () => {
    const { memory } = await setUp((hs, clock) => {
      sendAlert(hs, ALL, alertContent(clock.now()), '@anna:a.example')
    })
    expect(memory.alerts()).toEqual([])
  })

  it('invitations to rooms of the space, and to no others', async () => {
    const stranger: RoomId = '!stranger'
    const { hs, memory, follow } = await setUp()
    const fresh: RoomId = '!fresh'
    addToSpace(hs, fresh)
    addRoom(hs, fresh, 'team', [])
    await follow()
    hs.invite(stranger)
    hs.invite(fresh)
    await follow()
    expect(hs.joined).toEqual([fresh])
    expect(memory.rooms().map((r) => r.id)).toContain(fresh)
  })
})

describe('RELAY-12 how the bot follows', () => {
  it('knows what is there now when it starts again, though Synapse keeps the answer to a first sync', async () => {
    const { hs, clock, bot: first, again } = await setUp()
    await first.stop()
    sendAlert(hs, ALL, alertContent(clock.now()))
    await clock.advance(1_000)
    expect(await again((known) => known.alerts().length)).toEqual([1])
  })

  it('is live after the whole first sync and hears what comes then', async () => {
    const { bot, hs, clock, memory, count, follow } = await setUp()
    expect(bot.live()).toBe(true)
    expect(count.back).toBe(1)
    sendAlert(hs, ALL, alertContent(clock.now()))
    await follow()
    expect(memory.alert(ALERT_ID)?.rooms).toEqual([ALL])
  })

  it('reads alerts of the last week and answers of the last two days, however much came since', async () => {
    const { memory } = await setUp((hs, clock) => {
      const old = { ...alertContent(0), id: '0198aaaa-0000-7000-8000-000000000009' }
      sendAlert(hs, ALL, old).origin_server_ts = clock.now() - 8 * DAY
      sendAlert(hs, ALL, alertContent(clock.now())).origin_server_ts = clock.now() - 6 * DAY
      for (let n = 0; n < 8; n++) hs.add(LAGE, bot('a'), 'de.notanker.tally', tally(n), undefined, clock.now() - DAY)
      for (let i = 0; i < 20; i++) for (const id of [ALL, LAGE]) hs.add(id, bot('a'), 'm.room.message', { body: 'x' })
      hs.limit = 5
    })
    expect(memory.alerts().map((a) => a.id)).toEqual([ALERT_ID])
    expect(Array.from({ length: 8 }, (_, n) => memory.isRegistered(response(n)))).toEqual(Array(8).fill(true))
  })

  it('fills the gap of a limited sync', async () => {
    const { hs, memory, clock, follow } = await setUp()
    hs.limit = 2
    hs.down = true
    await follow()
    sendAlert(hs, ALL, alertContent(clock.now()))
    for (let i = 0; i < 10; i++) hs.add(ALL, bot('a'), 'm.room.message', { body: 'x' })
    hs.down = false
    await clock.advance(10_000)
    expect(memory.alert(ALERT_ID)).not.toBeNull()
  })

  it('SWITCH-2 listens once it follows, also while its tries fail, and not while it reads the past', async () => {
    let read = () => {}
    let reading: Promise<void> | null = null
    const {
      bot: started,
      hs,
      clock,
      follow,
    } = await setUp(undefined, (port) => ({
      ...port,
      messages: async (...args) => (await reading, port.messages(...args)),
    }))
    expect(started.listens()).toBe(true)
    hs.down = true
    await clock.advance(60_000)
    expect(started.listens()).toBe(true)
    reading = new Promise((resolve) => (read = resolve))
    hs.limit = 2
    for (let i = 0; i < 10; i++) hs.add(ALL, bot('a'), 'm.room.message', { body: 'x' })
    hs.down = false
    await clock.advance(10_000)
    expect(started.listens()).toBe(false)
    read()
    await follow()
    expect(started.listens()).toBe(true)
  })

  it('SWITCH-2 does not listen while it starts', async () => {
    const never = new Promise<never>(() => {})
    const { bot: started } = await setUp(undefined, (port) => ({
      ...port,
      sync: async (filter, since, ...rest) => (since === null ? never : port.sync(filter, since, ...rest)),
    }))
    running.splice(0)
    expect(started.listens()).toBe(false)
  })

  it('lives through an outage, goes on where it was and says that it is back', async () => {
    const { hs, bot, memory, clock, count, follow } = await setUp()
    hs.down = true
    await follow()
    expect(bot.live()).toBe(false)
    await clock.advance(60_000)
    const position = hs.syncs.at(-1)
    sendAlert(hs, ALL, alertContent(clock.now()))
    hs.down = false
    await clock.advance(10_000)
    expect(bot.live()).toBe(true)
    expect(memory.alert(ALERT_ID)).not.toBeNull()
    expect(count.back).toBe(2)
    expect(hs.syncs.slice(hs.syncs.indexOf(position!) + 1)).not.toContain(null)
  })

  it('does not leave a position behind before its answer was worked through', async () => {
    let failing = 0
    const { hs, memory, clock, follow } = await setUp(undefined, (port) => ({
      ...port,
      messages: (...args) => (failing-- === 1 ? Promise.reject(new Error('cut')) : port.messages(...args)),
    }))
    hs.limit = 2
    hs.page = 2
    hs.down = true
    await follow()
    const asked = hs.syncs.length
    sendAlert(hs, ALL, alertContent(clock.now()))
    for (let i = 0; i < 6; i++) hs.add(ALL, bot('a'), 'm.room.message', { body: 'x' })
    failing = 2
    hs.down = false
    await clock.advance(10_000)
    const [first, second] = hs.syncs.slice(asked)
    expect(second).toBe(first)
    expect(memory.alert(ALERT_ID)).not.toBeNull()
  })

  it('begins anew when the space names another room, and so knows its past', async () => {
    const { hs, memory, clock, follow } = await setUp()
    const fresh: RoomId = '!fresh'
    addRoom(hs, fresh, 'alert', ['@chief:a.example'])
    sendAlert(hs, fresh, alertContent(clock.now()))
    await follow()
    expect(memory.alerts()).toEqual([])
    addToSpace(hs, fresh)
    await follow()
    expect(memory.alert(ALERT_ID)?.rooms).toEqual([fresh])
    expect(hs.syncs.filter((s) => s === null)).toHaveLength(2)
  })

  it('SITE-23 begins anew when its position has gone back, and says so', async () => {
    const { hs, memory, clock, heartbeat, follow } = await setUp()
    const restore = hs.copy()
    sendAlert(hs, ALL, alertContent(clock.now()))
    await follow()
    restore()
    await follow()
    expect(heartbeat.restored).toEqual([0])
    expect(hs.syncs.filter((s) => s === null)).toHaveLength(2)
    hs.add(ALL, bot('a'), 'm.room.message', { body: 'x' })
    sendAlert(hs, UNIT, alertContent(clock.now()))
    await follow()
    expect(memory.alert(ALERT_ID)?.rooms).toContain(UNIT)
    expect(heartbeat.restored).toEqual([0])
  })

  it('SITE-23 begins anew in another epoch, also where its position seems good', async () => {
    const { hs, heartbeat, follow } = await setUp()
    heartbeat.at = 1
    hs.add(ALL, bot('a'), 'm.room.message', { body: 'x' })
    await follow()
    expect(hs.syncs.filter((s) => s === null)).toHaveLength(2)
    expect(heartbeat.restored).toEqual([])
  })

  it('waits for a homeserver that is not there yet', async () => {
    const { bot, clock, hs } = await setUp((hs) => {
      hs.down = true
    })
    expect(bot.live()).toBe(false)
    hs.down = false
    await clock.advance(10_000)
    expect(bot.live()).toBe(true)
  })
})

describe('memory', () => {
  it('counts a person once, whatever accounts are in the room, and no bots', async () => {
    const { hs, memory, clock, follow } = await setUp()
    sendAlert(hs, ALL, alertContent(clock.now()))
    sendAlert(hs, UNIT, alertContent(clock.now()))
    await follow()
    const alert = memory.alert(ALERT_ID)!
    expect([...memory.audience(alert)].toSorted()).toEqual(['anna', 'ben', 'chief', 'cleo'])
  })

  it('follows who leaves', async () => {
    const { hs, memory, clock, follow } = await setUp()
    sendAlert(hs, UNIT, alertContent(clock.now()))
    await follow()
    expect([...memory.audience(memory.alert(ALERT_ID)!)]).toContain('cleo')
    hs.add(UNIT, '@cleo:a.example', 'm.room.member', { membership: 'leave' }, '@cleo:a.example')
    await follow()
    expect([...memory.audience(memory.alert(ALERT_ID)!)]).not.toContain('cleo')
  })

  it('SITE-4 knows the active site from those who may declare it', async () => {
    const { hs, memory, follow } = await setUp()
    expect(memory.activeSite()?.declared.site).toBe('a')
    hs.add(ALL, '@anna:a.example', 'de.notanker.active_site', { v: 1, site: 'x', since: 9, by: 'manager' }, '')
    await follow()
    expect(memory.activeSite()?.declared.site).toBe('a')
    hs.add(ALL, '@chief:a.example', 'de.notanker.active_site', { v: 1, site: 'b', since: 10, by: 'manager' }, '')
    await follow()
    expect(memory.activeSite()?.declared.site).toBe('b')
  })

  it('PUSH-21 knows who has answered, from tallies of those who may write them, also one that overtakes its alert', async () => {
    const { hs, memory, follow } = await setUp()
    const entries = [{ id: response(2), person: 'ben', key: 'ok', at: 1 }]
    hs.add(LAGE, bot('a'), 'de.notanker.tally', tally(1))
    hs.add(LAGE, '@ben:a.example', 'de.notanker.tally', { v: 1, alert: ALERT_ID, entries })
    hs.add(ALL, '@chief:a.example', 'de.notanker.tally', { v: 1, alert: ALERT_ID, entries })
    await follow()
    expect(memory.answered(ALERT_ID)).toEqual(new Set(['anna']))
  })

  it('forgets answers after two days', async () => {
    const { hs, memory, clock, follow } = await setUp()
    hs.add(LAGE, bot('a'), 'de.notanker.tally', tally(1))
    await follow()
    expect(memory.isRegistered(response(1))).toBe(true)
    memory.forget(clock.now() + 3 * DAY)
    expect(memory.isRegistered(response(1))).toBe(false)
    expect(memory.answered(ALERT_ID)).toEqual(new Set())
  })
})
