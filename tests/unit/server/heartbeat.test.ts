import { afterEach, expect, it } from 'vitest'
import { heartbeatStore, startHeartbeat, type Heartbeat } from '../../../src/server/bot/heartbeat.ts'
import { openStore } from '../../../src/server/store.ts'
import { bot, silentLog } from '../../fakes/agency.ts'
import { FakeHomeserver, type HomeserverPort } from '../../fakes/homeserver.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'

const MINUTE = 60_000
const running: Heartbeat[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((h) => h.stop()))
})

async function setUp(wrap: (port: HomeserverPort) => HomeserverPort = (port) => port) {
  const clock = new ManualClock()
  const hs = new FakeHomeserver(clock.now)
  const homeserver = wrap(hs.as(bot('a')))
  const restoreFirst = hs.copy()
  let db = openStore(null)
  let raised = 0
  let current: Heartbeat | null = null
  async function restart(user = bot('a')): Promise<Heartbeat> {
    await current?.stop()
    const store = heartbeatStore(db, user)
    current = startHeartbeat({ homeserver, user, store, clock, log: silentLog, raised: () => void raised++ })
    running.push(current)
    await settled()
    return current
  }
  await restart()
  return {
    hs,
    clock,
    restart,
    restoreFirst,
    epoch: () => current!.epoch(),
    raised: () => raised,
    wentBack: (epoch: number) => current!.wentBack(epoch),
    loseFile: () => void (db = openStore(null)),
  }
}

it('SITE-23 a homeserver restored from a copy raises the epoch, once', async () => {
  const { hs, clock, epoch, raised } = await setUp()
  const restore = hs.copy()
  await clock.advance(MINUTE)
  expect([epoch(), raised()]).toEqual([0, 0])
  hs.down = true
  await clock.advance(MINUTE)
  restore()
  hs.down = false
  await clock.advance(10 * MINUTE)
  expect([epoch(), raised()]).toEqual([1, 1])
  restore()
  await clock.advance(MINUTE)
  expect([epoch(), raised()]).toEqual([2, 2])
})

it('SITE-23 also one that was restored, to before the first beat, while the relay was down', async () => {
  const { clock, restart, epoch, raised, restoreFirst } = await setUp()
  await clock.advance(MINUTE)
  restoreFirst()
  await restart()
  await clock.advance(MINUTE)
  await restart()
  await clock.advance(MINUTE)
  expect([epoch(), raised()]).toEqual([1, 1])
})

it('SITE-23 a relay that dies right after it has noticed counts the restore once', async () => {
  let dead = false
  const { hs, clock, restart, epoch } = await setUp((port) => ({
    ...port,
    setAccountData: (...args) => (dead ? Promise.reject(new Error('killed')) : port.setAccountData(...args)),
  }))
  const restore = hs.copy()
  await clock.advance(MINUTE)
  restore()
  dead = true
  await clock.advance(MINUTE)
  expect(epoch()).toBe(1)
  await restart()
  dead = false
  await clock.advance(MINUTE)
  expect(epoch()).toBe(1)
})

it('SITE-23 neither a first start nor a restart of the relay is a restore', async () => {
  const { clock, restart, raised } = await setUp()
  for (let i = 0; i < 3; i++) {
    await clock.advance(MINUTE)
    await restart()
  }
  expect(raised()).toBe(0)
})

it('SITE-23 a homeserver that is silent, or whose answer to a beat was lost, was not restored', async () => {
  let lost = false
  const { hs, clock, raised } = await setUp((port) => ({
    ...port,
    async setAccountData(...args) {
      await port.setAccountData(...args)
      if (lost) throw new Error('cut')
    },
  }))
  hs.down = true
  await clock.advance(10 * MINUTE)
  hs.down = false
  await clock.advance(MINUTE)
  lost = true
  await clock.advance(MINUTE)
  lost = false
  await clock.advance(MINUTE)
  expect(raised()).toBe(0)
})

it('SITE-23 a worker of the homeserver that lags for a moment is no restore', async () => {
  let late: Record<string, unknown> | null = null
  const { clock, raised } = await setUp((port) => ({
    ...port,
    async accountData(...args) {
      const old = late
      late = null
      return old ?? port.accountData(...args)
    },
  }))
  await clock.advance(MINUTE)
  late = { v: 1, beat: 2, epoch: 0 }
  await clock.advance(MINUTE)
  late = { v: 1, beat: 3, epoch: 0 }
  await clock.advance(MINUTE)
  expect(raised()).toBe(0)
})

it('SITE-23 a relay that lost its file learns the epoch from the homeserver, and cries no wolf', async () => {
  const { hs, clock, restart, epoch, raised, loseFile } = await setUp()
  const restore = hs.copy()
  await clock.advance(MINUTE)
  restore()
  await clock.advance(MINUTE)
  expect(epoch()).toBe(1)
  loseFile()
  const again = await restart()
  await again.looked
  expect([epoch(), raised()]).toEqual([1, 1])
  await clock.advance(MINUTE)
  expect([epoch(), raised()]).toEqual([1, 1])
})

it('SITE-23 another bot account is no restore, and the site keeps its epoch', async () => {
  const { hs, clock, restart, epoch, raised } = await setUp()
  const restore = hs.copy()
  await clock.advance(MINUTE)
  restore()
  await clock.advance(MINUTE)
  await restart('@bot2:a.example')
  await clock.advance(MINUTE)
  expect([epoch(), raised()]).toEqual([1, 1])
})

it('SITE-23 a position that goes back raises it, too; what the beat has said already is not said again', async () => {
  const { hs, clock, epoch, raised, wentBack } = await setUp()
  const restore = hs.copy()
  await clock.advance(MINUTE)
  restore()
  wentBack(0)
  await clock.advance(MINUTE)
  expect([epoch(), raised()]).toEqual([1, 1])
  wentBack(0)
  expect([epoch(), raised()]).toEqual([1, 1])
  wentBack(1)
  expect([epoch(), raised()]).toEqual([2, 2])
})
