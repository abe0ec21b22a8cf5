import { describe, expect, it } from 'vitest'
import { advance } from '../../../src/core/advance.ts'
import { TYPE, type RoomEvent } from '../../../src/core/event.ts'
import type { Delivery, OutboxItem } from '../../../src/core/outbox.ts'
import { onlyOnce, timelineOf } from '../../../src/core/timeline.ts'
import { deploymentOf, person } from '../../fakes/agency.ts'
import { answer, event, levels, message, NOW, room, state, uuidOf } from './samples.ts'

const deployment = deploymentOf()
const anna = person('anna')
const said = (
  id: string,
  sender: RoomEvent['sender'],
  client: unknown = undefined,
  body: unknown = `Text ${id}`,
): RoomEvent =>
  event(
    'm.room.message',
    { msgtype: 'm.text', body, ...(client === undefined ? {} : { [TYPE.clientId]: client }) },
    { event_id: `$${id}`, sender },
  )
const ids = (events: RoomEvent[]) => onlyOnce(deployment, events).map((e) => e.event_id)
const read = (timeline: RoomEvent[], outbox: OutboxItem[] = [], states = [levels()]) =>
  timelineOf(deployment, room('team', states, timeline), anna, outbox)

describe('ROOM-3 of two copies', () => {
  it('of one person with one client id the first is shown, also through two sites', () => {
    expect(ids([said('1', '@anna:a.example', 'x'), said('2', '@anna:b.example', 'x')])).toEqual(['$1'])
  })

  it('of two people both are', () => {
    expect(ids([said('1', '@anna:a.example', 'x'), said('2', '@ben:a.example', 'x')])).toEqual(['$1', '$2'])
    expect(ids([said('1', '@anna:a.example', 'x'), said('2', '@anna:elsewhere.example', 'x')])).toEqual(['$1', '$2'])
  })

  it('without a client id both are, and one event twice is one', () => {
    const [one, other] = [said('1', '@anna:a.example'), said('2', '@anna:a.example', 5)]
    expect(ids([one, other, one])).toEqual(['$1', '$2'])
  })
})

describe('ROOM-7 an own message', () => {
  it.each<[string, Delivery]>([
    ['saved', { state: 'saved' }],
    ['on its way', { state: 'sending' }],
    ['waiting', { state: 'waiting', reason: 'network', until: NOW }],
    ['refused', { state: 'refused', reason: 'forbidden', at: NOW }],
  ])('stands at the end with what became of it: %s', (_what, delivery) => {
    const entries = read([said('1', '@ben:a.example')], [message(1, { delivery })])
    expect(entries.map((e) => e.kind === 'message' && [e.text, e.mine])).toEqual([
      ['Text 1', null],
      ['Zeile 1', delivery],
    ])
  })

  it('that was delivered before the loaded part begins comes with the older lines, in its place', () => {
    const taken = (at: number): Delivery => ({ state: 'taken', site: 'a', at, passed_on: 'unknown' })
    const loaded = { ...room('team', [levels()], [said('1', '@ben:a.example')]) }
    const items = [message(1, { delivery: taken(NOW - 1) }), message(2, { delivery: taken(NOW + 1) })]
    const texts = (earlier: boolean) =>
      timelineOf(deployment, { ...loaded, record: { ...loaded.record, earlier } }, anna, items).map(
        (e) => e.kind === 'message' && e.text,
      )
    expect(texts(true)).toEqual(['Text 1', 'Zeile 2'])
    // The answer to its request came late, but it has stood there since before.
    const late = message(1, { delivery: taken(NOW + 1) })
    items[0] = advance(late, { type: 'echoed', site: 'a', event_id: '$9', at: NOW - 1 }, NOW + 1, 0)
    expect(texts(true)).toEqual(['Text 1', 'Zeile 2'])
    expect(texts(false)).toEqual(['Text 1', 'Zeile 1', 'Zeile 2'])
  })

  it('is shown once when the room has it, under the same key, and as taken', () => {
    const mine = said('1', '@anna:b.example', uuidOf(1), 'Zeile 1')
    const before = read([], [message(1, { delivery: { state: 'sending' } })])
    const after = read([mine], [message(1, { delivery: { state: 'sending' } })])
    expect(after).toHaveLength(1)
    expect(after[0]).toMatchObject({ key: before[0]!.key, mine: { state: 'taken', site: 'b' }, site: 'b' })
  })

  it('that went out through two sites is shown once', () => {
    const copies = [said('1', '@anna:a.example', uuidOf(1)), said('2', '@anna:b.example', uuidOf(1))]
    const delivery = { state: 'taken', site: 'b', at: NOW, event_id: '$2', passed_on: 'unknown' } as const
    expect(read(copies, [message(1, { delivery })])).toMatchObject([{ kind: 'message', mine: delivery }])
  })

  it('does not give way to the same client id of somebody else', () => {
    expect(read([said('1', '@ben:a.example', uuidOf(1))], [message(1)])).toHaveLength(2)
  })

  it('stands only in its room, in the order in which it was written; answers do not stand there', () => {
    const entries = read([], [message(3), message(1), message(2, {}, '!other'), answer(4)])
    expect(entries.map((e) => e.key)).toEqual([uuidOf(1), uuidOf(3)])
  })

  it('that is older than the outbox remembers is taken', () => {
    expect(read([said('1', '@anna:a.example')])).toMatchObject([{ mine: { state: 'taken', site: 'a' } }])
  })
})

it('ROOM-8 an encrypted message is shown as unreadable', () => {
  const secret = event('m.room.encrypted', {}, { sender: '@ben:a.example' })
  expect(read([secret])).toMatchObject([{ kind: 'unreadable', person: 'ben' }])
})

it('ROOM-9 a switch stands where it happened, if who declared it may', () => {
  const declared = (id: string, sender: RoomEvent['sender']) =>
    state(TYPE.activeSite, { v: 1, site: 'b', since: NOW, by: 'monitor' }, { event_id: `$${id}`, sender })
  const timeline = [said('1', '@ben:a.example'), declared('2', '@chief:a.example'), declared('3', '@ben:a.example')]
  const entries = timelineOf(deployment, room('alert', [levels()], timeline), anna, [])
  expect(entries.map((e) => `${e.kind} ${e.key}`)).toEqual(['message $1', 'switch $2'])
})

it('what is no message is left out, and names are those of the room', () => {
  const member = state('m.room.member', { membership: 'join', displayname: 'Ben B.' }, { state_key: '@ben:a.example' })
  const odd = [said('1', '@ben:a.example', undefined, 5), event('m.reaction', {}), said('2', '@cem:a.example')]
  expect(read([...odd, said('3', '@ben:a.example')], [], [levels(), member])).toMatchObject([
    { name: 'cem' },
    { name: 'Ben B.' },
  ])
})
