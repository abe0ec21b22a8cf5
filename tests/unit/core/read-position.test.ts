import { describe, expect, it } from 'vitest'
import type { RoomId } from '../../../src/core/ids.ts'
import type { Position, SyncBatch } from '../../../src/core/ports.ts'
import { positionAfter } from '../../../src/core/position.ts'
import { laterRead, readAt, tellings } from '../../../src/core/read-position.ts'

const [TEAM, STAFF]: RoomId[] = ['!team', '!staff']
const NOW = 1_000_000
const S = 1000
const position = (changes: Partial<Position> = {}): Position => ({
  since: 's1',
  rooms: [TEAM!, STAFF!],
  joined: [TEAM!, STAFF!],
  ...changes,
})
const read = new Map([[TEAM!, 50]])
const told = (at: number, ago: number) => new Map([[TEAM!, { at, when: NOW - ago }]])

describe('ROOM-13 up to where a room was read', () => {
  it('is the latest that anybody says, in any order', () => {
    expect([laterRead(undefined, 7), laterRead(7, 5), laterRead(5, 7)]).toEqual([7, 7, 7])
  })

  it('is no later than the clock, but for the minute that clocks may be apart', () => {
    expect(readAt(NOW - 5, NOW)).toBe(NOW - 5)
    expect(readAt(NOW + 30 * S, NOW)).toBe(NOW + 30 * S)
    expect(readAt(NOW + 3600 * S, NOW)).toBe(NOW + 60 * S)
  })

  it('as a homeserver holds it is what its syncs have said, and after a sync from the start what that one says', () => {
    const after = (initial: boolean, read: Record<RoomId, number>) => {
      const batch: SyncBatch = { account: '@anna:a.example', next_batch: 's2', initial, rooms: [], left: [], read }
      return positionAfter(position({ read: { [TEAM!]: 3, [STAFF!]: 4 } }), batch).position.read
    }
    expect(after(false, { [TEAM!]: 9 })).toEqual({ [TEAM!]: 9, [STAFF!]: 4 })
    expect(after(true, { [TEAM!]: 2 })).toEqual({ [TEAM!]: 2 })
  })
})

describe('ROOM-14 a homeserver is told', () => {
  const say = (...args: [Partial<Position>, ReturnType<typeof told>?]) =>
    tellings(read, position(args[0]), args[1] ?? new Map(), NOW)

  it('what it does not hold, of rooms that the account is in', () => {
    expect(say({})).toEqual({ due: [{ room: TEAM, at: 50 }], again: null })
    expect(say({ read: { [TEAM!]: 49 } }).due).toHaveLength(1)
    for (const changes of [
      { read: { [TEAM!]: 50 } },
      { read: { [TEAM!]: 51 } },
      { joined: [STAFF!] },
      { joined: null },
    ])
      expect(say(changes), JSON.stringify(changes)).toEqual({ due: [], again: null })
  })

  it('of one room every five seconds, the newest', () => {
    expect(say({}, told(40, 4 * S))).toEqual({ due: [], again: 1 * S })
    expect(say({}, told(40, 5 * S)).due).toEqual([{ room: TEAM, at: 50 }])
  })

  it('the same once more when its sync has not said so for a minute', () => {
    expect(say({}, told(50, 59 * S))).toEqual({ due: [], again: 1 * S })
    expect(say({}, told(50, 60 * S)).due).toHaveLength(1)
  })

  it('nothing more of what it has refused', () => {
    expect(say({}, new Map([[TEAM!, { at: 40, when: Infinity }]]))).toEqual({ due: [], again: null })
  })
})
