import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, backoff } from '../../../src/core/advance.ts'
import {
  ASK_AGAIN_MS,
  KEEP_TAKEN_MS,
  lookFirst,
  MAX_WAIT_MS,
  mayEdit,
  mayHaveArrived,
  mayWithdraw,
  TXN_MEMORY_MS,
  txnId,
  type Delivery,
  type Failure,
  type OutboxEvent,
  type OutboxItem,
} from '../../../src/core/outbox.ts'
import { TYPE } from '../../../src/core/event.ts'
import { answer, message, NOW } from './samples.ts'

/** Half of the longest wait. */
const HALF = 0.5
const taken: Extract<Delivery, { state: 'taken' }> = {
  state: 'taken',
  site: 'a',
  at: NOW - 5,
  event_id: '$1',
  passed_on: 'unknown',
}
const waiting: Delivery = { state: 'waiting', reason: 'network', until: NOW + 500 }
const refused: Delivery = { state: 'refused', reason: 'forbidden', at: NOW - 5 }
const wait: OutboxEvent = { type: 'failed', failure: { fate: 'wait', reason: 'server' } }
const refuse: OutboxEvent = { type: 'failed', failure: { fate: 'refuse', reason: 'forbidden' } }
const checked = (has: boolean | null): OutboxEvent => ({ type: 'checked', site: 'b', has })
const until = (ms: number) => ({ ...taken, until: NOW + ms })

describe('OUT-11 a message', () => {
  it.each<[string, Delivery, OutboxEvent, Delivery]>([
    [
      'that is saved is started',
      { state: 'saved' },
      { type: 'started', site: 'a' },
      { state: 'sending', site: 'a', at: NOW },
    ],
    [
      'that has waited is started',
      { ...waiting, until: NOW },
      { type: 'started', site: 'a' },
      { state: 'sending', site: 'a', at: NOW },
    ],
    ['on its way is taken', { state: 'sending' }, { type: 'taken', site: 'a', event_id: '$1' }, { ...taken, at: NOW }],
    [
      'on its way fails for a while',
      { state: 'sending' },
      wait,
      { state: 'waiting', reason: 'server', until: NOW + 500 },
    ],
    ['on its way is refused', { state: 'sending' }, refuse, { state: 'refused', reason: 'forbidden', at: NOW }],
    ['that waits is woken', waiting, { type: 'woken' }, { state: 'waiting', reason: 'network', until: NOW }],
    ['that was refused is taken up again', refused, { type: 'retried' }, { state: 'saved' }],
    ['that was taken is here too', until(9), checked(true), { ...taken, site: 'b', passed_on: 'yes' }],
    ['that was taken is not here', until(9), checked(false), { ...taken, passed_on: 'again' }],
    ['that was taken may be here', taken, checked(null), { ...until(500), busy: false }],
    [
      'that goes out again stays taken',
      { ...taken, passed_on: 'again' },
      { type: 'started' },
      { ...taken, passed_on: 'again' },
    ],
    [
      'that goes out again is taken',
      { ...taken, passed_on: 'again' },
      { type: 'taken', site: 'b', event_id: '$2' },
      { ...taken, site: 'b', event_id: '$2' },
    ],
    [
      'that goes out again fails for a while',
      { ...taken, passed_on: 'again' },
      wait,
      { ...taken, passed_on: 'again', until: NOW + 500, busy: false },
    ],
    [
      'that goes out again is refused (OUT-9)',
      { ...taken, passed_on: 'again' },
      refuse,
      { ...taken, passed_on: 'no', until: NOW + ASK_AGAIN_MS },
    ],
    ['that will be asked for later is woken', until(9_000), { type: 'woken' }, until(0)],
  ])('%s', (_what, delivery, event, after) => {
    expect(advance(message(1, { delivery }), event, NOW, HALF).delivery).toEqual(after)
  })

  it.each<[string, Delivery, OutboxEvent]>([
    ['refused, started', refused, { type: 'started' }],
    ['told to wait since somebody saw it due, started (OUT-4)', waiting, { type: 'started' }],
    ['taken, to be asked for later, started (OUT-4)', { ...until(NOW + 1), passed_on: 'again' }, { type: 'started' }],
    ['refused, failed', refused, wait],
    ['refused, woken', refused, { type: 'woken' }],
    ['refused, checked', refused, checked(true)],
    ['saved, woken', { state: 'saved' }, { type: 'woken' }],
    ['saved, retried', { state: 'saved' }, { type: 'retried' }],
    ['on its way, woken', { state: 'sending' }, { type: 'woken' }],
    ['on its way, checked', { state: 'sending' }, checked(false)],
    ['taken, retried', taken, { type: 'retried' }],
    ['taken and safe, woken', taken, { type: 'woken' }],
    ['waiting because the server is busy, woken (OUT-5)', { ...waiting, reason: 'busy' }, { type: 'woken' }],
    ['refused by the site in use, woken (OUT-9)', { ...until(9), passed_on: 'no' }, { type: 'woken' }],
  ])('is left alone: %s', (_what, delivery, event) => {
    const item = message(1, { delivery })
    expect(advance(item, event, NOW, HALF)).toBe(item)
  })

  it('never goes back a step, whatever comes in whatever order, until the person takes it up again', () => {
    const rank = { saved: 0, sending: 1, waiting: 1, withdrawn: 2, refused: 2, taken: 3 }
    const event = fc.constantFrom<OutboxEvent>(
      { type: 'started' },
      { type: 'taken', site: 'a', event_id: '$1' },
      { type: 'taken', site: 'b' },
      { type: 'echoed', site: 'a', event_id: '$1', at: NOW - 9 },
      wait,
      refuse,
      checked(true),
      checked(false),
      checked(null),
      { type: 'woken' },
      { type: 'orphaned' },
      { type: 'edited', text: 'x' },
      { type: 'withdrawn' },
    )
    fc.assert(
      fc.property(fc.array(event), fc.constantFrom(message(1), answer(1)), (events, start) => {
        let item = start
        for (const e of events) {
          const next = advance(item, e, NOW, HALF)
          const takenUp = e.type === 'edited' && ['refused', 'withdrawn'].includes(item.delivery.state)
          if (!takenUp) expect(rank[next.delivery.state]).toBeGreaterThanOrEqual(rank[item.delivery.state])
          if (item.delivery.state === 'taken') expect(next.delivery.state).toBe('taken')
          item = next
        }
      }),
    )
  })
})

describe('OUT-8 a response that another site registered', () => {
  const elsewhere = (changes = {}) => answer(1, { delivery: { ...taken, ...changes } })

  it('and registers again is said once more after ten minutes', () => {
    const again = advance(elsewhere(), { type: 'taken', site: 'a' }, NOW, HALF)
    expect(again.delivery).toMatchObject({ site: 'a', at: NOW - 5, passed_on: 'yes', until: NOW + ASK_AGAIN_MS })
  })

  it('or at once when something answers: it may be the relay of the site in use', () => {
    const later = elsewhere({ passed_on: 'yes', until: NOW + ASK_AGAIN_MS })
    expect(advance(later, { type: 'woken' }, NOW, HALF).delivery).toMatchObject({ passed_on: 'yes', until: NOW })
  })
})

describe('OUT-4 the wait', () => {
  it('doubles up to half a minute, at random, and is never nothing', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((n) => backoff(n, 1))).toEqual([1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3])
    fc.assert(
      fc.property(fc.nat(1_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempts, random) => {
        const ms = backoff(attempts, random)
        expect(ms).toBeGreaterThanOrEqual(100)
        expect(ms).toBeLessThanOrEqual(30_000)
      }),
    )
  })

  const waitFor = (retry_after_ms: number) => {
    const failure = { fate: 'wait', reason: 'busy', retry_after_ms } as const
    const { delivery } = advance(
      message(1, { delivery: { state: 'sending' }, attempts: 1 }),
      { type: 'failed', failure },
      NOW,
      HALF,
    )
    return delivery.state === 'waiting' && delivery.until - NOW
  }
  it.each([
    [5_000, 5_000],
    [0, 500],
    [-5, 500],
    [3600_000, MAX_WAIT_MS],
  ])('asked for %i ms the item waits %i', (asked, waits) => {
    expect(waitFor(asked)).toBe(waits)
  })

  it('what a busy site has asked for still holds for a message that was taken back and taken up again (OUT-20)', () => {
    const until = NOW + 5_000
    const busy = message(1, { tried: {}, delivery: { state: 'waiting', reason: 'busy', until } })
    const back = advance(busy, { type: 'withdrawn' }, NOW, HALF)
    const again = (now: number) => advance(back, { type: 'retried' }, now, HALF).delivery
    expect([again(NOW), again(until)]).toEqual([busy.delivery, { state: 'saved' }])
    expect(advance(back, { type: 'edited', text: 'anders' }, NOW, HALF).delivery).toEqual(busy.delivery)
  })

  it('attempts are counted until something succeeds', () => {
    const started = advance(advance(message(1), { type: 'started' }, NOW, HALF), wait, NOW, HALF)
    const again = advance(started, { type: 'started' }, NOW + 30_000, HALF)
    expect([started.attempts, again.attempts]).toEqual([1, 2])
    expect(advance(again, { type: 'taken', site: 'a' }, NOW, HALF).attempts).toBe(0)
    expect(advance(started, { type: 'woken' }, NOW, HALF).attempts).toBe(0)
  })
})

it('OUT-12 what was on its way when the browser ended is due, and nothing else changes', () => {
  const orphan = (delivery: Delivery) => advance(message(1, { delivery }), { type: 'orphaned' }, NOW, HALF)
  expect(orphan({ state: 'sending' }).delivery).toMatchObject({ state: 'waiting', until: 0 })
  for (const delivery of [{ state: 'saved' }, waiting, taken, refused] as Delivery[])
    expect(orphan(delivery)).toEqual(message(1, { delivery }))
})

describe('OUT-19 where an event may have arrived', () => {
  const out = (tried = {}) => message(1, { tried, attempts: 1, delivery: { state: 'sending', site: 'a', at: NOW - 9 } })
  const after = (event: OutboxEvent, item = out()) => advance(item, event, NOW, HALF)
  const failed = (failure: Failure): OutboxEvent => ({ type: 'failed', failure })

  it.each<[string, OutboxEvent, Record<string, number>]>([
    ['no answer came', failed({ fate: 'wait', reason: 'network' }), { a: NOW - 9 }],
    ['something in between answered', failed({ fate: 'wait', reason: 'server' }), { a: NOW - 9 }],
    ['the browser ended', { type: 'orphaned' }, { a: NOW - 9 }],
    ['it was taken', { type: 'taken', site: 'a', event_id: '$1' }, { a: NOW - 9 }],
    ['the device knew of no network', failed({ fate: 'wait', reason: 'network', unsent: true }), {}],
    ['the site was busy', failed({ fate: 'wait', reason: 'busy' }), {}],
    ['the site knew no session', failed({ fate: 'wait', reason: 'signed_out' }), {}],
    ['the site refused it', refuse, {}],
  ])('when %s', (_what, event, tried) => {
    expect(after(event).tried).toEqual(tried)
    expect(mayHaveArrived(after(event))).toBe('a' in tried)
  })

  it('the first time counts, and a later refusal does not take it back', () => {
    expect(after({ type: 'orphaned' }, out({ a: 5, b: 7 })).tried).toEqual({ a: 5, b: 7 })
    expect(mayHaveArrived(after(refuse, out({ a: 5 })))).toBe(true)
  })

  it('a message that goes out again notes the site before it goes', () => {
    const again = message(1, { tried: { a: 5 }, delivery: { ...taken, passed_on: 'again' } })
    expect(advance(again, { type: 'started', site: 'b' }, NOW, HALF).tried).toEqual({ a: 5, b: NOW })
  })

  it.each<[string, Partial<OutboxItem>, 'must' | 'may' | 'no']>([
    ['never tried', { tried: {} }, 'no'],
    ['tried here a moment ago', { tried: { a: NOW } }, 'no'],
    ['tried here nearly 20 hours ago', { tried: { a: NOW - TXN_MEMORY_MS + 1 } }, 'no'],
    ['tried here 20 hours ago', { tried: { a: NOW - TXN_MEMORY_MS } }, 'must'],
    ['tried here later than now, by a clock that was set back', { tried: { a: NOW + 1 } }, 'must'],
    ['tried elsewhere', { tried: { b: NOW } }, 'may'],
    ['tried elsewhere, and taken there', { tried: { b: NOW }, delivery: { ...taken, passed_on: 'again' } }, 'no'],
    ['of an older version, saved', { delivery: { state: 'saved' } }, 'no'],
    ['of an older version, waiting', { delivery: waiting }, 'may'],
  ])('looked for before it goes out: %s', (_what, changes, look) => {
    expect(lookFirst(message(1, { attempts: 1, ...changes }), 'a', NOW)).toBe(look)
  })
})

describe('OUT-20 a message', () => {
  const change = (delivery: Delivery, event: OutboxEvent, tried = {}) =>
    advance(message(1, { tried, delivery }), event, NOW, HALF)
  const edit: OutboxEvent = { type: 'edited', text: 'anders' }
  const bodyOf = ({ payload }: OutboxItem) => payload.kind === 'event' && payload.content['body']
  const withdrawn: Delivery = { state: 'withdrawn', at: NOW - 5 }

  it.each<[string, Delivery, Delivery]>([
    ['is saved', { state: 'saved' }, { state: 'saved' }],
    ['waits', waiting, waiting],
    ['was refused', refused, { state: 'saved' }],
    ['was withdrawn', withdrawn, { state: 'saved' }],
  ])('that %s gets other words and keeps its place', (_what, before, after) => {
    const item = change(before, edit)
    expect([bodyOf(item), item.seq, item.delivery]).toEqual(['anders', 1, after])
  })

  it.each<[string, Delivery, Record<string, number>]>([
    ['is on its way', { state: 'sending', site: 'a', at: NOW }, {}],
    ['was taken', taken, { a: 5 }],
    ['may have arrived', waiting, { a: 5 }],
    ['was refused after it may have arrived', refused, { a: 5 }],
  ])('that %s keeps its words', (_what, delivery, tried) => {
    expect(bodyOf(change(delivery, edit, tried))).toBe('Zeile 1')
  })

  it('is withdrawn while it waits, and taken up again as it was', () => {
    for (const delivery of [{ state: 'saved' }, waiting] as Delivery[])
      expect(change(delivery, { type: 'withdrawn' }).delivery).toEqual({ state: 'withdrawn', at: NOW })
    expect(change(withdrawn, { type: 'retried' }, { a: 5 })).toMatchObject({
      delivery: { state: 'saved' },
      tried: { a: 5 },
    })
  })

  it.each<Delivery>([{ state: 'sending' }, taken, refused, withdrawn])('is not withdrawn as %o', (delivery) => {
    const item = message(1, { tried: {}, delivery })
    expect(advance(item, { type: 'withdrawn' }, NOW, HALF)).toBe(item)
  })

  it('is tried at once when the person asks, unless the site asked for time', () => {
    expect(change(waiting, { type: 'retried' }).delivery).toMatchObject({ until: NOW })
    expect(change({ ...waiting, reason: 'busy' }, { type: 'retried' }).delivery).toEqual({ ...waiting, reason: 'busy' })
  })

  it('is what can be changed and withdrawn; an answer and an alert are not', () => {
    const alert = message(1, {
      payload: { kind: 'event', room: '!room', type: 'm.room.message', content: { body: 'x', [TYPE.alert]: {} } },
    })
    for (const item of [answer(1), alert]) expect([mayEdit(item), mayWithdraw(item)]).toEqual([false, false])
  })
})

it('OUT-21 what is on its way in another window is not started again, and a late failure takes nothing back', () => {
  const sending = message(1, { delivery: { state: 'sending', site: 'a', at: NOW } })
  expect(advance(sending, { type: 'started', site: 'b' }, NOW, HALF)).toBe(sending)
  const done = message(1, { delivery: taken })
  for (const event of [wait, refuse, { type: 'orphaned' }, { type: 'started', site: 'a' }] as OutboxEvent[])
    expect(advance(done, event, NOW, HALF)).toBe(done)
})

it('OUT-5 what a busy site has asked to wait keeps its time, also when it goes out again', () => {
  const again = message(1, { delivery: { ...taken, passed_on: 'again' } })
  const failure = { fate: 'wait', reason: 'busy', retry_after_ms: 9_000 } as const
  const item = advance(again, { type: 'failed', failure }, NOW, HALF)
  expect(advance(item, { type: 'woken' }, NOW, HALF)).toBe(item)
})

describe('OUT-5 the time that a busy site has asked for outlasts what another window hears', () => {
  const busy: Delivery = { state: 'waiting', reason: 'busy', until: NOW + 5_000 }
  const again = { ...taken, passed_on: 'again', until: NOW + 5_000, busy: true } as const
  it.each<[string, Delivery, OutboxEvent]>([
    ['a failure for a while', busy, wait],
    ['that it was taken', busy, { type: 'taken', site: 'b', event_id: '$1' }],
    ['that it was taken back', busy, { type: 'withdrawn' }],
    ['a second failure', again, wait],
    ['that a site cannot say', again, checked(null)],
    ['that a site has it', again, checked(true)],
  ])('%s', (_what, delivery, event) => {
    const item = advance(message(1, { delivery }), event, NOW, HALF)
    expect(item.delivery).toMatchObject({ until: NOW + 5_000 })
    expect(advance(item, { type: 'woken' }, NOW, HALF)).toBe(item)
  })
  it('until it is over', () => {
    const later = NOW + 5_000
    expect(advance(message(1, { delivery: again }), checked(true), later, HALF).delivery).not.toHaveProperty('until')
  })
})

describe('OUT-14 at the end of its day', () => {
  const old = { ...taken, at: NOW - KEEP_TAKEN_MS }
  it('an event is confirmed by the site in use', () => {
    const item = advance(message(1, { delivery: old }), checked(true), NOW, HALF)
    expect(item.delivery).toMatchObject({ site: 'b', passed_on: 'yes', last: NOW })
    expect(advance(message(1, { delivery: taken }), checked(true), NOW, HALF).delivery).not.toHaveProperty('last')
  })
  it('a response by a relay', () => {
    expect(advance(answer(1, { delivery: old }), { type: 'taken', site: 'a' }, NOW, HALF).delivery).toMatchObject({
      last: NOW,
    })
  })
})

describe('OUT-24 a message that is seen in its room', () => {
  const echoed = (at: number): OutboxEvent => ({ type: 'echoed', site: 'a', event_id: '$1', at })
  it.each<[string, Delivery]>([
    ['on its way', { state: 'sending', site: 'a', at: NOW }],
    ['waiting, for the answer was lost', waiting],
    ['refused by a site that was asked later', refused],
    ['withdrawn too late', { state: 'withdrawn', at: NOW - 5 }],
  ])('is taken: %s', (_what, delivery) => {
    expect(advance(message(1, { delivery }), echoed(NOW - 9), NOW, HALF).delivery).toEqual({ ...taken, at: NOW - 9 })
  })
  it('takes the time at which it stands there, and nothing else of what is known changes', () => {
    const item = message(1, { attempts: 2, delivery: { ...taken, passed_on: 'again' } })
    expect(advance(item, echoed(NOW - 9), NOW, HALF)).toEqual({
      ...item,
      delivery: { ...taken, passed_on: 'again', at: NOW - 9 },
    })
    expect(advance(item, echoed(NOW), NOW, HALF)).toBe(item)
  })
  it('keeps the time that a busy site has asked for (OUT-4)', () => {
    const busy: Delivery = { state: 'waiting', reason: 'busy', until: NOW + 500 }
    for (const delivery of [busy, { state: 'withdrawn', at: NOW - 5, until: NOW + 500 } as const])
      expect(advance(message(1, { delivery }), echoed(NOW - 9), NOW, HALF).delivery).toEqual({
        ...until(500),
        at: NOW - 9,
        busy: true,
      })
  })
  it('is never taken in the future, however wrong the clock of a site is', () => {
    expect(advance(message(1, { delivery: waiting }), echoed(NOW + 9), NOW, HALF).delivery).toMatchObject({ at: NOW })
  })
})

describe('OUT-25 a site that was restored from a copy', () => {
  const restored = (item: OutboxItem, site = 'a') => advance(item, { type: 'restored', site }, NOW, HALF)
  const taken: Delivery = { state: 'taken', site: 'a', at: NOW - 5, event_id: '$1', passed_on: 'yes' }

  it('may have lost what it took, confirmed or not; it stays taken until it is asked for', () => {
    const item = message(1, { delivery: { ...taken, last: NOW - 1, until: NOW + 500 } })
    expect(restored(item).delivery).toEqual({ ...taken, doubted: true })
  })
  it('keeps the time that it has asked for as a busy one', () => {
    const busy = { until: NOW + 500, busy: true }
    expect(restored(message(1, { delivery: { ...taken, ...busy } })).delivery).toMatchObject(busy)
  })
  it('says nothing of what another site has, or of what nobody took', () => {
    for (const item of [message(1, { delivery: taken }), message(2)]) expect(restored(item, 'b')).toBe(item)
    expect(restored(message(3))).toMatchObject({ delivery: { state: 'saved' } })
  })
  it.each([
    [true, { passed_on: 'yes' }],
    [false, { passed_on: 'again' }],
  ] as const)('whoever says that it has it, %s, ends the doubt', (has, expected) => {
    const asked = advance(restored(message(1, { delivery: taken })), { type: 'checked', site: 'a', has }, NOW, HALF)
    expect(asked.delivery).toEqual({ ...taken, ...expected })
  })
  it('an answer "I cannot say" does not', () => {
    const item = restored(message(1, { delivery: taken }))
    expect(advance(item, { type: 'checked', site: 'a', has: null }, NOW, HALF).delivery).toMatchObject({
      doubted: true,
    })
  })
})

it('OUT-13 the transaction id is the same in every attempt', () => {
  const item = message(1)
  expect(txnId(advance(item, { type: 'started' }, NOW, HALF))).toBe(txnId(item))
  expect(txnId(message(2))).not.toBe(txnId(item))
})
