import { describe, expect, it } from 'vitest'
import { isDone, nextDue, nextWork } from '../../../src/core/next-work.ts'
import { FORGET_MS, KEEP_TAKEN_MS, MAX_WAIT_MS, type Delivery, type OutboxItem } from '../../../src/core/outbox.ts'
import { answer, message, NOW } from './samples.ts'

const taken = (changes = {}): Delivery => ({
  state: 'taken',
  site: 'a',
  at: NOW,
  event_id: '$1',
  passed_on: 'unknown',
  ...changes,
})
const waits = (until: number): Delivery => ({ state: 'waiting', reason: 'network', until })
/** `kind seq` of each piece of work, a batch as `responses 1,2`. */
const work = (items: OutboxItem[], site: string | null = 'a', now = NOW) =>
  nextWork(items, now, site).map((w) =>
    w.kind === 'responses' ? `responses ${w.items.map((i) => i.seq).join()}` : `${w.kind} ${w.item.seq}`,
  )

it('OUT-2 responses go out as one, before messages, at most 100', () => {
  expect(work([message(1), answer(2), message(3, {}, '!other'), answer(4)])).toEqual([
    'responses 2,4',
    'event 1',
    'event 3',
  ])
  const many = nextWork(
    Array.from({ length: 150 }, (_, i) => answer(i)),
    NOW,
  )
  expect(many[0]?.kind === 'responses' && many[0].items).toHaveLength(100)
})

describe('OUT-3 of a room', () => {
  it('the oldest goes out, in whatever order the store gives them', () => {
    expect(work([message(3), message(1), message(2)])).toEqual(['event 1'])
  })

  it.each<[string, Delivery]>([
    ['is on its way', { state: 'sending' }],
    ['waits', waits(NOW + 1)],
    ['has to go out again later', taken({ passed_on: 'again', until: NOW + 1 })],
  ])('nothing goes out while the oldest %s; another room is not held up', (_what, delivery) => {
    expect(work([message(1, { delivery }), message(2), message(3, {}, '!other')])).toEqual(['event 3'])
  })

  it('one that was refused holds up nothing', () => {
    const refused = message(1, { delivery: { state: 'refused', reason: 'forbidden', at: NOW } })
    expect(work([refused, message(2)])).toEqual(['event 2'])
  })
})

describe('OUT-25 what a restored site had taken', () => {
  const doubted = taken({ passed_on: 'yes', doubted: true })
  it('is asked for at that site, too, before anything new goes into the room', () => {
    for (const site of ['a', 'b'])
      expect(work([message(1, { delivery: doubted }), message(2)], site)).toEqual(['check 1'])
  })
  it('goes out again where it is no more, and a response is said again at once', () => {
    expect(work([message(1, { delivery: taken({ passed_on: 'again' }) })], 'a')).toEqual(['event 1'])
    expect(work([answer(1, { delivery: doubted })], 'a')).toEqual(['responses 1'])
  })
  it('is not forgotten before it was confirmed', () => {
    expect(isDone(message(1, { delivery: doubted }), NOW + KEEP_TAKEN_MS + FORGET_MS)).toBe(false)
  })
})

describe('OUT-6, OUT-7 after a switch', () => {
  it('what the other site took is asked for before anything new goes into the room', () => {
    expect(work([message(1, { delivery: taken() }), message(2)], 'b')).toEqual(['check 1'])
    expect(work([message(1, { delivery: taken({ until: NOW + 1 }) }), message(2)], 'b')).toEqual([])
  })

  it('what the site in use took is not', () => {
    expect(work([message(1, { delivery: taken() }), message(2)], 'a')).toEqual(['event 2'])
  })

  it('what it does not have goes out again first', () => {
    expect(work([message(1, { delivery: taken({ passed_on: 'again' }) }), message(2)], 'b')).toEqual(['event 1'])
  })

  it('all of a room are asked for at once, and the ones it lacks wait until all have been answered', () => {
    const [first, second] = [message(1, { delivery: taken() }), message(2, { delivery: taken({ passed_on: 'again' }) })]
    expect(work([first, second], 'b')).toEqual(['check 1'])
    expect(work([message(1, { delivery: taken() }), message(2, { delivery: taken() })], 'b')).toEqual([
      'check 1',
      'check 2',
    ])
  })

  it('without a site in use nothing is asked', () => {
    expect(work([message(1, { delivery: taken() })], null)).toEqual([])
  })

  it('also after 24 hours, for nobody has asked yet', () => {
    expect(work([message(1, { delivery: taken({ at: NOW - KEEP_TAKEN_MS }) }), message(2)], 'b')).toEqual(['check 1'])
  })
})

describe('OUT-14 after 24 hours', () => {
  const old = { at: NOW - KEEP_TAKEN_MS }
  it('an event is asked for where it was taken, and holds up nothing', () => {
    expect(work([message(1, { delivery: taken(old) }), message(2)], 'a')).toEqual(['check 1', 'event 2'])
    expect(work([message(1, { delivery: taken({ ...old, last: NOW }) })], 'a')).toEqual([])
    expect(work([message(1, { delivery: taken({ ...old, passed_on: 'no' }) })], 'a')).toEqual([])
  })
  it('a response is said once more', () => {
    expect(work([answer(1, { delivery: taken(old) })], 'a')).toEqual(['responses 1'])
    expect(work([answer(1, { delivery: taken({ ...old, last: NOW }) })], 'a')).toEqual([])
  })
})

it('OUT-8 a response of another site is said again, when it is due', () => {
  expect(work([answer(1, { delivery: taken() })], 'b')).toEqual(['responses 1'])
  expect(work([answer(1, { delivery: taken() })], 'a')).toEqual([])
  expect(work([answer(1, { delivery: taken({ passed_on: 'yes', until: NOW + 1 }) })], 'b')).toEqual([])
  expect(work([answer(1, { delivery: taken({ passed_on: 'yes', until: NOW }) })], 'b')).toEqual(['responses 1'])
})

it('OUT-9 what the site in use refuses is asked for every ten minutes and holds up nothing', () => {
  const no = (until: number) => message(1, { delivery: taken({ passed_on: 'no', until }) })
  expect(work([no(NOW + 1), message(2)], 'b')).toEqual(['event 2'])
  expect(work([no(NOW), message(2)], 'b')).toEqual(['check 1', 'event 2'])
})

describe('OUT-4, OUT-15 when to look again', () => {
  it('at the earliest time of those that wait', () => {
    expect(nextDue([message(1, { delivery: waits(NOW + 9) }), answer(2, { delivery: waits(NOW + 5) })], NOW)).toBe(
      NOW + 5,
    )
    expect(nextDue([message(1, { delivery: taken({ until: NOW + 7 }) })], NOW, 'b')).toBe(NOW + 7)
    expect(nextDue([message(1, { delivery: taken({ passed_on: 'again', until: NOW + 7 }) })], NOW, 'a')).toBe(NOW + 7)
  })

  it('not by itself for what is due already, taken here or refused', () => {
    const refused: Delivery = { state: 'refused', reason: 'invalid', at: NOW }
    const items = [
      message(1),
      message(2, { delivery: waits(NOW) }),
      message(3, { delivery: taken() }),
      message(4, { delivery: refused }),
    ]
    expect(nextDue(items, NOW, 'a')).toBeNull()
  })

  it('a clock that was set back keeps nothing waiting for longer than 15 minutes', () => {
    const later = message(1, { delivery: waits(NOW + MAX_WAIT_MS) })
    expect(work([later])).toEqual([])
    expect(work([later], 'a', NOW - 1)).toEqual(['event 1'])
  })
})

it.each<[boolean, Delivery]>([
  [true, taken({ at: NOW - KEEP_TAKEN_MS - FORGET_MS, last: NOW - FORGET_MS })],
  [false, taken({ at: NOW - KEEP_TAKEN_MS - FORGET_MS, last: NOW - FORGET_MS + 1 })],
  [false, taken({ at: NOW - 9 * KEEP_TAKEN_MS })],
  [true, taken({ at: NOW - KEEP_TAKEN_MS, passed_on: 'no' })],
  [true, { state: 'taken', site: 'a', at: NOW - KEEP_TAKEN_MS, passed_on: 'unknown' }],
  [false, taken({ at: NOW - KEEP_TAKEN_MS + 1, passed_on: 'no' })],
  [false, taken({ at: NOW - 9 * KEEP_TAKEN_MS, passed_on: 'again', last: 0 })],
  [true, { state: 'withdrawn', at: NOW - FORGET_MS }],
  [false, { state: 'withdrawn', at: NOW - FORGET_MS + 1 }],
  [false, { state: 'saved' }],
  [false, { state: 'refused', reason: 'invalid', at: 0 }],
])('OUT-14 forgotten: %s for %o', (done, delivery) => {
  expect(isDone(message(1, { delivery }), NOW)).toBe(done)
})
