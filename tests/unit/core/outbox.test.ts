import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advance,
  afterRestart,
  ASK_AGAIN_MS,
  backoff,
  MAX_WAIT_MS,
  txnId,
  type Delivery,
  type OutboxEvent,
} from '../../../src/core/outbox.ts'
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
    ['that is saved is started', { state: 'saved' }, { type: 'started' }, { state: 'sending' }],
    ['that waits is started', waiting, { type: 'started' }, { state: 'sending' }],
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
    ['that was taken may be here', taken, checked(null), until(500)],
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
      { ...taken, passed_on: 'again', until: NOW + 500 },
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
    const rank = { saved: 0, sending: 1, waiting: 1, taken: 2, refused: 2 }
    const event = fc.constantFrom<OutboxEvent>(
      { type: 'started' },
      { type: 'taken', site: 'a', event_id: '$1' },
      { type: 'taken', site: 'b' },
      wait,
      refuse,
      checked(true),
      checked(false),
      checked(null),
      { type: 'woken' },
    )
    fc.assert(
      fc.property(fc.array(event), fc.constantFrom(message(1), answer(1)), (events, start) => {
        let item = start
        for (const e of events) {
          const next = advance(item, e, NOW, HALF)
          expect(rank[next.delivery.state]).toBeGreaterThanOrEqual(rank[item.delivery.state])
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

  it('attempts are counted until something succeeds', () => {
    const started = advance(advance(message(1), { type: 'started' }, NOW, HALF), wait, NOW, HALF)
    const again = advance(started, { type: 'started' }, NOW, HALF)
    expect([started.attempts, again.attempts]).toEqual([1, 2])
    expect(advance(again, { type: 'taken', site: 'a' }, NOW, HALF).attempts).toBe(0)
    expect(advance(started, { type: 'woken' }, NOW, HALF).attempts).toBe(0)
  })
})

it('OUT-12 what was on its way when the browser ended is due, and nothing else changes', () => {
  expect(afterRestart(message(1, { delivery: { state: 'sending' } })).delivery).toMatchObject({
    state: 'waiting',
    until: 0,
  })
  for (const delivery of [{ state: 'saved' }, waiting, taken, refused] as Delivery[]) {
    const item = message(1, { delivery })
    expect(afterRestart(item)).toBe(item)
  }
})

it('OUT-13 the transaction id is the same in every attempt', () => {
  const item = message(1)
  expect(txnId(advance(item, { type: 'started' }, NOW, HALF))).toBe(txnId(item))
  expect(txnId(message(2))).not.toBe(txnId(item))
})
