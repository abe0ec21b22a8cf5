import { expect, test } from 'vitest'
import { alertMessage, type AlertContent } from '../../../src/core/alert.ts'
import { dispatches, slowest } from '../../../src/core/dispatch.ts'
import { alertOf, emptyDraft } from '../../../src/core/draft.ts'
import type { Delivery, OutboxItem, Payload } from '../../../src/core/outbox.ts'
import type { PersonId } from '../../../src/core/ids.ts'

let seq = 0
function item(payload: Payload, delivery: Delivery = { state: 'saved' }): OutboxItem {
  seq += 1
  return { client_id: String(seq), person: 'jana' as PersonId, seq, created: seq, attempts: 0, payload, delivery }
}
const event = (content: Record<string, unknown>, delivery?: Delivery) =>
  item({ kind: 'event', room: '!a', type: 'm.room.message', content }, delivery)

const id = (n: number) => `01980000-0000-4000-8000-00000000000${n}`
function content(n: number, rev: number): AlertContent {
  const draft = { ...emptyDraft(), severity: 'Minor', headline: `${n}`, next_step: 'Lesen Sie.' } as const
  return alertOf(draft, { id: id(n), rev, now: 1, audienceLabel: '', msg_type: rev ? 'Update' : 'Alert' })
}

test('OUT-1: an alert that only the outbox has is known, with one item a room, by its highest revision', () => {
  const outbox = [
    event(alertMessage(content(1, 0), 'a')),
    event(alertMessage(content(1, 1), 'b')),
    event(alertMessage(content(1, 1), 'c')),
    event(alertMessage(content(1, 0), 'd')),
    event(alertMessage(content(2, 0), 'e')),
  ]
  const known = dispatches(outbox).map((d) => [d.content.id, d.content.rev, d.items.length])
  expect(known).toEqual([
    [id(1), 1, 2],
    [id(2), 0, 1],
  ])
})

test('messages, responses and what only looks like an alert are no dispatches', () => {
  const response = { id: id(1), alert: id(2), key: 'ok', at: 1 }
  const broken = { ...alertMessage(content(1, 0), 'a'), 'de.notanker.alert': { v: 1, headline: 'x' } }
  expect(dispatches([event({ body: 'Hallo' }), event(broken), item({ kind: 'response', response })])).toEqual([])
})

test('OUT-4: of several rooms the one that is furthest behind is told, a refusal before all', () => {
  const taken: Delivery = { state: 'taken', site: 'a', at: 1, passed_on: 'unknown' }
  const waiting: Delivery = { state: 'waiting', reason: 'network', until: 1 }
  const refused: Delivery = { state: 'refused', reason: 'forbidden', at: 1 }
  const of = (...deliveries: Delivery[]) => slowest(deliveries.map((d) => event({}, d)))
  expect(of(taken, { state: 'sending' })).toEqual({ state: 'sending' })
  expect(of({ state: 'saved' }, waiting, taken)).toEqual(waiting)
  expect(of(waiting, refused, taken)).toEqual(refused)
  expect(of(taken, { ...taken, at: 2 })).toEqual({ ...taken, at: 2 })
  expect(of()).toBeNull()
})
