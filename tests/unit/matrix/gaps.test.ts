import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RoomEvent } from '../../../src/core/event.ts'
import type { Account } from '../../../src/core/ports.ts'
import { openGaps } from '../../../src/matrix/gaps.ts'
import { openIntake } from '../../../src/matrix/intake.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'
import { memoryProjection } from '../../fakes/memory-projection.ts'

const ROOM = '!team'
const TEN_MINUTES = 600_000
const account: Account = {
  site: 'a',
  user: '@anna:a.example',
  device: 'D',
  access_token: 't',
  homeserver: 'https://a.example',
}
const written = (id: number): RoomEvent => ({
  event_id: `$${id}`,
  room_id: ROOM,
  sender: '@ben:b.example',
  type: 'm.room.message',
  origin_server_ts: id,
  content: { body: `line ${id}` },
})

/** A device beside a homeserver that, at each walk, has so many of the lines that it missed; at the end the last number. */
function walking(...has: number[]) {
  const [clock, projection, end] = [new ManualClock(), memoryProjection(), new AbortController()]
  onTestFinished(() => end.abort())
  const walks: URL[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation((url) => {
    const lines = has[Math.min(walks.length, has.length - 1)]!
    walks.push(new URL(String(url)))
    const chunk = Array.from({ length: lines }, (_, i) => written(i))
    return Promise.resolve(new Response(JSON.stringify({ chunk })))
  })
  const closed = vi.fn()
  const at = (time: number, run: () => void) => clock.after(time - clock.now(), run)
  const ports = {
    projection,
    clock: { now: clock.now, at, random: () => 0, uuid: () => '' },
    rooms: () => {},
    said: () => {},
    restored: () => false,
    trouble: (error: unknown) => expect.fail(String(error)),
  }
  const gaps = openGaps(ports, account, end.signal, closed)
  const openSync = (since: string) => openIntake(ports, account, [ROOM], since, end.signal)
  const here = async () => (await projection.load()).rooms.get(ROOM)?.timeline.length ?? 0
  return { clock, gaps, openSync, closed, here, walks }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('SYNC-7 a gap is walked until a walk brings nothing', () => {
  it('also where the homeserver had nothing of it at first, and got it bit by bit', async () => {
    const { clock, gaps, closed, here, walks } = walking(0, 6, 13, 15)
    gaps.add([{ room: ROOM, from: 't', known: true }])
    await settled()
    expect(await here()).toBe(0)
    // The position on disk stays before the gap until then: who is closed now meets it again (SYNC-6).
    expect(closed).not.toHaveBeenCalled()
    await clock.advance(TEN_MINUTES)
    expect(await here()).toBe(15)
    expect(walks).toHaveLength(5)
    expect(closed).toHaveBeenCalledOnce()
    expect(gaps.open()).toBe(0)
  })

  it('ends, also where each walk brings something', async () => {
    const { clock, gaps, closed, walks } = walking(...Array.from({ length: 40 }, (_, i) => i + 1))
    gaps.add([{ room: ROOM, from: 't', known: true }])
    await clock.advance(TEN_MINUTES)
    expect(walks).toHaveLength(15)
    expect(closed).toHaveBeenCalledOnce()
  })

  it('of a room that was never here the newest page is enough', async () => {
    const { clock, gaps, closed, walks } = walking(15)
    gaps.add([{ room: ROOM, from: 't', known: false }])
    await settled()
    expect(closed).toHaveBeenCalledOnce()
    await clock.advance(TEN_MINUTES)
    expect(walks).toHaveLength(1)
  })
})

it('SYNC-6 a gap is walked back from the end of the sync, not from where its timeline begins', async () => {
  const { clock, openSync, here, walks } = walking(12)
  const intake = await openSync('s5')
  // The first line of this timeline was fetched late: from before it Synapse shows nothing that it had already.
  const timeline = { events: [written(11)], limited: true, prev_batch: 's-4' }
  await intake.take({ next_batch: 's9', ...{ rooms: { join: { [ROOM]: { timeline } } } } })
  await clock.advance(TEN_MINUTES)
  expect(walks.map((url) => url.searchParams.get('from')).filter(Boolean)).toEqual(['s9'])
  expect(await here()).toBe(12)
})
