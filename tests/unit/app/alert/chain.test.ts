import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chainOf } from '../../../../src/app/components/alert/chain.ts'
import { advance } from '../../../../src/core/advance.ts'
import type { OutboxEvent, OutboxItem } from '../../../../src/core/outbox.ts'
import { ALERT_ID, person } from '../../../fakes/agency.ts'

const saved: OutboxItem = {
  client_id: '0198aaaa-0000-7000-8000-000000000001',
  person: person('anna'),
  seq: 1,
  created: 0,
  attempts: 0,
  payload: {
    kind: 'response',
    response: { id: '0198aaaa-0000-7000-8000-000000000001', alert: ALERT_ID, key: 'safe', at: 0 },
  },
  delivery: { state: 'saved' },
}
const held = (item: OutboxItem) => chainOf(item.delivery).filter((link) => link === 'held').length

const events = fc.array(
  fc.constantFrom<OutboxEvent>(
    { type: 'started' },
    { type: 'taken', site: 'a' },
    { type: 'taken', site: 'b' },
    { type: 'failed', failure: { fate: 'wait', reason: 'network' } },
    { type: 'failed', failure: { fate: 'refuse', reason: 'unknown_alert' } },
    { type: 'checked', site: 'b', has: false },
    { type: 'woken' },
    { type: 'retried' },
  ),
)

describe('SendChain', () => {
  it('OUT-11 no link that holds lets go, whatever happens to the answer', () => {
    fc.assert(
      fc.property(events, (all) => {
        let [item, most] = [saved, held(saved)]
        for (const [at, event] of all.entries()) {
          item = advance(item, event, at, 0.5)
          expect(held(item)).toBeGreaterThanOrEqual(most)
          most = held(item)
        }
      }),
    )
  })

  it('ANSWER-1 the anchor holds only what the tally has', () => {
    expect(chainOf({ state: 'saved' })).toEqual(['held', 'open', 'open'])
    expect(chainOf({ state: 'sending' })).toEqual(['held', 'working', 'open'])
    expect(chainOf({ state: 'waiting', reason: 'network', until: 1 })).toEqual(['held', 'open', 'open'])
    expect(chainOf({ state: 'refused', reason: 'forbidden', at: 1 })).toEqual(['held', 'refused', 'open'])
    expect(chainOf({ state: 'taken', site: 'a', at: 1, passed_on: 'again' })).toEqual(['held', 'held', 'held'])
    expect(chainOf(null)).toEqual(['held', 'held', 'held'])
  })
})
