import { expect, it } from 'vitest'
import { createNudge } from '../../../src/server/failover/nudge.ts'
import { ALL, bot, LAGE, silentLog, SPACE } from '../../fakes/agency.ts'
import { FakeHomeserver, type HomeserverPort } from '../../fakes/homeserver.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'

function setUp(wrap: (port: HomeserverPort) => HomeserverPort = (port) => port) {
  const clock = new ManualClock()
  const hs = new FakeHomeserver(clock.now)
  const rooms = () => [SPACE, ALL, LAGE]
  const homeserver = wrap(hs.as(bot('b')))
  const nudge = createNudge({ self: 'b', rooms, epoch: () => 2, homeserver, now: clock.now, log: silentLog })
  return { hs, nudge, clock }
}

it('SITE-12, SITE-23 touches every room of the agency and the space, and says the epoch', async () => {
  const { hs, nudge, clock } = setUp()
  nudge.touch()
  await settled()
  expect(hs.events.map((e) => [e.room_id, e.type, e.state_key, e.content])).toEqual(
    [SPACE, ALL, LAGE].map((room) => [room, 'de.notanker.site', 'b', { v: 1, epoch: 2, at: clock.now() }]),
  )
})

it('SITE-12 a room that refuses holds up no other', async () => {
  const { hs, nudge } = setUp()
  hs.refuse = (_type, room) => {
    if (room === ALL) throw new Error('refused')
  }
  nudge.touch()
  await settled()
  expect(hs.events.map((e) => e.room_id)).toEqual([SPACE, LAGE])
})

it('SITE-12 asked for many times while it runs, it runs once more', async () => {
  let calls = 0
  const { nudge, clock } = setUp((port) => ({ ...port, setState: (...args) => (calls++, port.setState(...args)) }))
  for (let i = 0; i < 5; i++) nudge.touch()
  await settled()
  expect(calls).toBe(6)
  await clock.advance(1)
  nudge.touch()
  await nudge.stop()
  expect(calls).toBe(9)
})
