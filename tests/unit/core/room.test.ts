import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TYPE } from '../../../src/core/event.ts'
import { agencyRooms, maySend, maySendAlert, peopleOf, powerOf, setWithPower } from '../../../src/core/room.ts'
import type { RoomEvent } from '../../../src/core/event.ts'
import type { RoomId, UserId } from '../../../src/core/ids.ts'
import { deploymentOf, SPACE } from '../../fakes/agency.ts'
import { levels, record, room, state } from './samples.ts'

const anna: UserId = '@anna:a.example'
const chief: UserId = '@chief:a.example'
const creator: UserId = '@bot:a.example'
const create = (room_version: unknown, more = {}) =>
  state('m.room.create', { room_version, ...more }, { sender: creator })
const of = (...states: RoomEvent[]) => record('!room', states)

describe('ROOM-1 a room is the agency’s', () => {
  const child = (id: string, sender: UserId = chief, content: Record<string, unknown> = { via: ['a.example'] }) =>
    state('m.space.child', content, { sender, state_key: id })
  const named = (sender: UserId = chief, kind = 'alert') => state(TYPE.room, { v: 1, kind, title: 'Alle' }, { sender })
  const known = (space: RoomEvent[], states: RoomEvent[], id: RoomId = '!alert') =>
    agencyRooms(
      SPACE,
      new Map([
        [SPACE, record(SPACE, space)],
        [id, record(id, states)],
      ]),
    ).map((r) => r.id)

  it('if the space names it and it says what it is', () => {
    expect(known([levels(), child('!alert')], [levels(), named()])).toEqual(['!alert'])
  })

  it.each([
    ['the space does not name it', [levels()], [levels(), named()]],
    ['the space names it no more', [levels(), child('!alert', chief, {})], [levels(), named()]],
    ['the child is no room', [levels(), child('#alert')], [levels(), named()]],
    ['it does not say what it is', [levels(), child('!alert')], [levels()]],
    ['it is of a kind that nobody knows', [levels(), child('!alert')], [levels(), named(chief, 'party')]],
    [
      'ROOM-2 the space lets anybody name rooms',
      [levels({ state_default: 0 }), child('!alert', anna)],
      [levels(), named()],
    ],
    ['ROOM-2 it lets anybody say what it is', [levels(), child('!alert')], [levels({ state_default: 0 }), named(anna)]],
    ['ROOM-4 the levels of the space cannot be read', [levels({ users: 5 }), child('!alert')], [levels(), named()]],
    ['ROOM-4 its own cannot be read', [levels(), child('!alert')], [levels({ state_default: 'x' }), named(anna)]],
    ['ROOM-4 it has none', [levels(), child('!alert')], [named(anna)]],
  ])('not if %s', (_why, space, states) => {
    expect(known(space, states)).toEqual([])
  })

  it('ROOM-2 also if who named it has left since: the server has asked for the power', () => {
    expect(known([levels(), child('!alert', '@gone:a.example')], [levels(), named('@gone:a.example')])).toEqual([
      '!alert',
    ])
  })

  it('ROOM-2 also where anybody may write, if the sender has power', () => {
    const open = levels({ state_default: 0 })
    expect(known([open, child('!alert')], [open, named()])).toEqual(['!alert'])
  })

  it('of a space that is not known there are none', () => {
    expect(agencyRooms('!other', new Map())).toEqual([])
  })
})

describe('ROOM-4 power', () => {
  it.each([
    ['listed', of(levels()), chief, 50],
    ['not listed', of(levels()), anna, 0],
    ['by default', of(levels({ users_default: 10 })), anna, 10],
    ['a creator of version 12', of(levels(), create('12')), creator, Infinity],
    [
      'another creator of version 12',
      of(levels(), create('12', { additional_creators: ['@bot:b.example'] })),
      '@bot:b.example',
      Infinity,
    ],
    ['a creator of version 11', of(levels(), create('11')), creator, 0],
    ['a creator of version 11 before there are levels', of(create('11')), creator, 100],
    ['somebody else before there are levels', of(create('11')), chief, 0],
    ['another creator before version 12', of(levels(), create('11', { additional_creators: [anna] })), anna, 0],
    ['a creator of a version that is no number', of(levels(), create('org.example.12')), creator, 0],
    ['a creator of a version that cannot be read', of(levels(), create(12)), creator, 0],
    ['in an empty room', of(), anna, 0],
    ['a level as text', of(levels({ users: { [anna]: '100' } })), anna, 0],
    ['of all when the list cannot be read', of(levels({ users: [], users_default: 'x' })), chief, 0],
  ] as const)('%s', (_what, at, user, power) => {
    expect(powerOf(at, user)).toBe(power)
  })

  it.each([
    ['what asks nothing', of(levels({ events_default: 0 })), anna, true],
    ['what asks 50', of(levels()), anna, false],
    ['what asks 50, with 50', of(levels()), chief, true],
    ['one type that asks less', of(levels({ events: { 'm.room.message': 0 } })), anna, true],
    ['one type that asks more', of(levels({ events: { 'm.room.message': 100 } })), chief, false],
    ['a type whose level cannot be read', of(levels({ events: { 'm.room.message': 'x' } })), chief, false],
    ['a room whose levels cannot be read', of(levels({ events: 'x' })), chief, false],
    ['a room whose default cannot be read', of(levels({ events_default: {} })), anna, false],
    ['a room whose levels cannot be read, as its creator', of(create('12'), levels({ events: 'x' })), creator, true],
    ['a room without levels', of(create('11')), anna, false],
  ] as const)('%s', (_what, at, user, may) => {
    expect(maySend(at, user, 'm.room.message')).toBe(may)
  })

  it('whatever stands in the levels, who is not listed there and created nothing sends no alert and sets nothing', () => {
    const hostile = fc.record(
      {
        users: fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('@x:a.example', 'constructor'), fc.jsonValue())),
        events: fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('m.room.message', TYPE.room), fc.jsonValue())),
        events_default: fc.jsonValue(),
        state_default: fc.constantFrom(undefined, null, 'x', '100', {}, [], true, 49),
        users_default: fc.constantFrom(undefined, null, 'x', '100', {}, 49, -5),
      },
      { requiredKeys: ['state_default'] },
    )
    fc.assert(
      fc.property(hostile, (content) => {
        const at = room('alert', [state('m.room.power_levels', content)])
        expect(maySendAlert(at, anna)).toBe(false)
        const read = typeof content.state_default === 'number' || content.state_default === undefined
        const own = content.events as Record<string, unknown> | undefined
        const asked = own?.[TYPE.room]
        if (!read && typeof asked !== 'number')
          expect(setWithPower(at.record, state(TYPE.room, {}, { sender: anna }))).toBe(false)
      }),
    )
  })
})

it('ROOM-5, ROOM-6 people of a room are its joined accounts, once each, without bots', () => {
  const member = (user: string, membership: string, displayname?: unknown) =>
    state('m.room.member', { membership, displayname }, { state_key: user })
  const people = peopleOf(
    deploymentOf(),
    of(
      member('@anna:a.example', 'join', 'Anna'),
      member('@anna:b.example', 'join', 'Anna B.'),
      member('@ben:b.example', 'join'),
      member('@cem:a.example', 'leave', 'Cem'),
      member('@dan:elsewhere.example', 'join', 7),
      member('@bot:a.example', 'join', 'Bot'),
    ),
  )
  expect(people).toEqual([
    { person: 'anna', name: 'Anna' },
    { person: 'ben', name: 'ben' },
    { person: '@dan:elsewhere.example', name: '@dan:elsewhere.example' },
  ])
})
