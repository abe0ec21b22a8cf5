import { describe, expect, it } from 'vitest'
import { rowsOf, withSwitches } from '../../../../src/app/components/room/rows.ts'
import { roomGroups } from '../../../../src/app/components/room/kinds.ts'
import type { TimelineEntry } from '../../../../src/core/timeline.ts'
import type { Delivery } from '../../../../src/core/outbox.ts'
import type { PersonId, RoomId } from '../../../../src/core/ids.ts'
import type { RoomView } from '../../../../src/app/views.ts'

const DAY = 24 * 3600_000
const noon = new Date(2026, 10, 24, 12).getTime()
const message = (key: string, at: number, person = 'ben', mine: Delivery | null = null): TimelineEntry => ({
  kind: 'message',
  key,
  at,
  person: person as PersonId,
  name: person,
  text: key,
  mine,
  site: 'a',
  alert: null,
})
const switched = (key: string, at: number, by: 'monitor' | 'provision' = 'monitor'): TimelineEntry => ({
  kind: 'switch',
  key,
  at,
  site: { v: 1, site: 'b', since: at, closed: [], by, status: 'Actual' },
})
const shape = (entries: TimelineEntry[]) =>
  rowsOf(entries, (id) => id).map((row) => (row.kind === 'message' ? `${row.head ? '*' : ''}${row.key}` : row.kind))

describe('lines of a room', () => {
  it('mark each new day and each new speaker', () => {
    const entries = [
      message('a', noon - DAY),
      message('b', noon - DAY + 1000),
      message('c', noon, 'anna'),
      message('d', noon + 1000),
      message('e', noon + 3600_000),
    ]
    expect(shape(entries)).toEqual(['day', '*a', 'b', 'day', '*c', '*d', '*e'])
  })

  it('ROOM-9 have a switch once, whatever rooms it was declared in, and not the first declaration', () => {
    const entries = [message('a', noon), message('b', noon + 2000)]
    const declared = [switched('first', noon + 1, 'provision'), switched('s1', noon + 1000)]
    const twice = withSwitches(entries, [declared, [switched('s2', noon + 1000)]])
    expect(twice.map((e) => e.kind)).toEqual(['message', 'switch', 'message'])
  })

  it('ROOM-9 have no switch from before the room is known', () => {
    expect(withSwitches([message('a', noon)], [[switched('s', noon - DAY)]]).map((e) => e.key)).toEqual(['a'])
    expect(withSwitches([], [[switched('s', noon)]])).toEqual([])
  })

  it('ROOM-7 keep what waits at the end, without a day of its own', () => {
    const waits = message('old', noon - DAY, 'anna', { state: 'waiting', reason: 'network', until: 0 })
    const entries = withSwitches([message('a', noon), waits], [[switched('s', noon + 1)]])
    expect(shape(entries)).toEqual(['day', '*a', 'switch', '*old'])
  })

  it('ROOM-9 name the site of own messages only after a switch', () => {
    const taken = { state: 'taken', site: 'b', at: noon, passed_on: 'unknown' } as const
    const mine = (key: string, at: number) => message(key, at, 'anna', taken)
    const rows = rowsOf([mine('x', noon), switched('s', noon + 1), mine('y', noon + 2)], (id) => `Standort ${id}`)
    expect(rows.flatMap((r) => (r.kind === 'message' ? [r.via] : []))).toEqual([null, 'Standort b'])
  })
})

describe('list of rooms', () => {
  const view = (title: string, kind: RoomView['kind'], at: number | null): RoomView => ({
    id: `!${title}` as RoomId,
    kind,
    title,
    encrypted: false,
    people: 2,
    unread: 0,
    unreadMore: false,
    waiting: 0,
    refused: 0,
    last: at === null ? null : { at, name: 'Ben', text: 'x', mine: false },
    muted: false,
    mayWrite: true,
  })
  it('stands under headings, the newest first, without the handbook', () => {
    const rooms = [
      view('B', 'team', null),
      view('A', 'team', null),
      view('C', 'team', 5),
      view('H', 'handbook', 9),
      view('K', 'staff', 1),
    ]
    expect(roomGroups(rooms).map((g) => [g.group, ...g.rooms.map((r) => r.title)])).toEqual([
      ['crisis_team', 'K'],
      ['teams', 'C', 'A', 'B'],
    ])
  })
})
