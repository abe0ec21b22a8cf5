import { describe, expect, it } from 'vitest'
import type { AlertContent } from '../../../src/core/alert.ts'
import { sentKey } from '../../../src/core/duty.ts'
import type { RoomId, UserId } from '../../../src/core/ids.ts'
import { ALERT_MEMORY } from '../../../src/core/relay.ts'
import { createAlarms } from '../../../src/server/alarms/alarms.ts'
import { lastSeenRooms } from '../../../src/server/alarms/last-seen.ts'
import { createMemory } from '../../../src/server/bot/memory.ts'
import { sentLog } from '../../../src/server/push/sent-log.ts'
import { openStore } from '../../../src/server/store.ts'
import {
  addRoom,
  addToSpace,
  ALERT_ID,
  alertContent,
  ALL,
  bot,
  deploymentOf,
  foundAgency,
  LAGE,
  person,
  sendAlert,
  silentLog,
  SPACE,
  UNIT,
} from '../../fakes/agency.ts'
import { FakeHomeserver } from '../../fakes/homeserver.ts'

const NOW = 1_800_000_000_000
const [chief, anna] = [person('chief'), person('anna')]
const OTHER = '0198aaaa-0000-7000-8000-000000000002'
const EVERYBODY = new Set(['anna', 'ben', 'chief'])

/** A relay whose bot has read the rooms once, and after that hears nothing. */
function world() {
  const state = { now: NOW }
  const hs = new FakeHomeserver(() => state.now)
  foundAgency(hs)
  const db = openStore(null)
  const file = () => deploymentOf()
  const site = (up: boolean | null, homeserver: boolean | null = up) => ({
    up,
    since: NOW,
    checks: { homeserver, relay: true },
    unsteady: false,
  })
  const sites: Record<string, ReturnType<typeof site>> = { a: site(false), b: site(false) }
  const listed: string[] = []

  /** The process, as after each start. */
  function start() {
    const lastSeen = lastSeenRooms(db, file)
    const memory = createMemory(file, (room) => lastSeen.of(room)?.people ?? null)
    const sent = sentLog(db)
    let rings = 0
    const alarms = createAlarms({
      self: 'a',
      deployment: file,
      db,
      lastSeen,
      memory,
      sites: () => sites,
      peers: () => [{ sent: listed }],
      sent,
      ring: () => void rings++,
      now: () => state.now,
      log: silentLog,
    })
    /** What the homeserver has said since the last time. */
    let heard = 0
    function listen() {
      const fresh = hs.events.slice(heard)
      const rooms = Map.groupBy(fresh, (event) => event.room_id)
      const joined = [...rooms].map(([id, timeline]) => ({ id, state: [], timeline, limited: false }))
      memory.take({ next: 's', joined, invited: [], left: [], direct: [] }, heard === 0)
      heard = hs.events.length
      lastSeen.note(memory)
    }
    const raise = (by = chief, changes: Partial<AlertContent> = {}) => alarms.raise(by, alertContent(NOW, changes))
    return { lastSeen, memory, sent, alarms, listen, raise, rings: () => rings }
  }
  const relay = start()
  relay.listen()
  return { ...relay, state, hs, sites, site, listed, db, start }
}
const to = (...rooms: RoomId[]) => ({ audience: { label: 'Alle', rooms } })
const refusal = (status: number, errcode: string) => expect.objectContaining({ status, errcode }) as Error

describe('LAST-1 only while no homeserver answers', () => {
  it.each([
    ['its own', { a: true }],
    ['another', { b: true }],
  ])('%s answers', (_which, up) => {
    const { raise, sites, site, rings, memory } = world()
    for (const [id, is] of Object.entries(up)) sites[id] = site(is)
    expect(() => raise()).toThrow(refusal(409, 'DE_NOTANKER_SITE_ANSWERS'))
    expect([rings(), memory.alerts()]).toEqual([0, []])
  })

  it('one that has answered at the last look is not dead, one that was not looked at often enough is not known to be', () => {
    const { raise, sites, site } = world()
    sites['b'] = site(false, true)
    expect(() => raise()).toThrow(refusal(409, 'DE_NOTANKER_SITE_ANSWERS'))
    sites['b'] = site(null, false)
    expect(() => raise()).toThrow(refusal(503, 'M_UNAVAILABLE'))
    sites['b'] = site(false)
    expect(raise()).toBe(NOW)
  })
})

describe('LAST-2 whose word it is', () => {
  it('of somebody who could alert every room of the audience, in the name of their account there', () => {
    const { raise, memory, rings } = world()
    expect(raise(chief, to(ALL, UNIT))).toBe(NOW)
    expect(rings()).toBe(1)
    const [alert] = memory.alerts()
    expect(alert).toMatchObject({ id: ALERT_ID, rooms: [ALL, UNIT], current: { sender: '@chief:a.example', at: NOW } })
    expect(memory.audience(alert!)).toEqual(new Set([...EVERYBODY, 'cleo']))
  })

  it('nobody else’s: no member, no stranger, no bot, nobody whose right ended before the homeserver did', () => {
    const { raise, hs, listen, rings } = world()
    for (const name of ['anna', 'nobody', '@chief:evil.example', 'bot'])
      expect(() => raise(person(name))).toThrow(refusal(403, 'M_FORBIDDEN'))
    hs.add(ALL, bot('a'), 'm.room.power_levels', { users: {}, events_default: 50, state_default: 50 }, '')
    listen()
    expect(() => raise()).toThrow(refusal(403, 'M_FORBIDDEN'))
    expect(raise(chief, to(UNIT)), 'where the right still is').toBe(NOW)
    hs.add(UNIT, '@chief:a.example', 'm.room.member', { membership: 'leave' }, '@chief:a.example')
    listen()
    expect(() => raise(chief, { id: OTHER, ...to(UNIT) }), 'who has left').toThrow(refusal(403, 'M_FORBIDDEN'))
    expect(rings()).toBe(1)
  })

  it.each([
    ['none', []],
    ['one that is not the agency’s', ['!strange']],
    ['one of ours and one that is not', [ALL, '!strange']],
    ['one that is not for alerts', [LAGE]],
    ['the space', [SPACE]],
  ] as [string, RoomId[]][])('no audience but rooms for alerts of the agency: %s', (_what, rooms) => {
    const { raise, hs, listen, rings } = world()
    addRoom(hs, '!strange', 'alert', ['@chief:a.example' as UserId])
    listen()
    expect(() => raise(chief, to(...rooms))).toThrow(refusal(403, 'M_FORBIDDEN'))
    expect(rings()).toBe(0)
  })

  it('nothing that rings nobody: a test, what has expired, what is for later', () => {
    const { raise, rings } = world()
    for (const changes of [{ status: 'Test' as const }, { expires: NOW }, { effective: NOW + 3600_000 }])
      expect(() => raise(chief, changes)).toThrow(refusal(400, 'M_BAD_JSON'))
    expect(rings()).toBe(0)
  })
})

describe('LAST-3 what was taken', () => {
  it('is listed for a week, and the same again rings nobody again', () => {
    const { raise, sent, state, rings, alarms, start } = world()
    raise()
    state.now += 1_000
    expect(raise()).toBe(NOW)
    expect(rings()).toBe(1)
    state.now += ALERT_MEMORY - 2_000
    sent.forget(state.now)
    alarms.forget(state.now)
    expect([sent.list(state.now), start().memory.alerts().length]).toEqual([[ALERT_ID], 1])
    state.now += 2_000
    alarms.forget(state.now)
    expect(start().memory.alerts()).toEqual([])
  })

  it('by another relay is not rung here', () => {
    const { raise, listed, rings, sent } = world()
    listed.push(ALERT_ID)
    expect(raise()).toBe(NOW)
    expect([rings(), sent.list(NOW)]).toEqual([0, []])
  })

  it('a later revision and an all-clear ring; an older one, or another of the same number, does not', () => {
    const { raise, rings, memory } = world()
    raise()
    raise(chief, { rev: 1, msg_type: 'AllClear' })
    expect(rings()).toBe(2)
    for (const changes of [{ headline: 'Anders' }, { rev: 1, headline: 'Anders' }])
      expect(() => raise(chief, changes)).toThrow(refusal(409, 'DE_NOTANKER_OVERTAKEN'))
    expect(memory.alert(ALERT_ID)?.history.map(({ content }) => sentKey(content))).toEqual([ALERT_ID, `${ALERT_ID}.1`])
  })
})

describe('LAST-4 rights and members last seen', () => {
  it('outlive the process, with what was taken, and are all that is kept of a room', () => {
    const { raise, start, db } = world()
    raise()
    const again = start()
    expect(again.memory.alerts()).toMatchObject([{ id: ALERT_ID, current: { at: NOW } }])
    expect(again.memory.audience(again.memory.alerts()[0]!)).toEqual(EVERYBODY)
    expect(again.raise()).toBe(NOW)
    expect(again.rings()).toBe(0)
    again.raise(chief, { id: OTHER, ...to(UNIT) })
    expect(again.rings()).toBe(1)
    expect(() => again.raise(anna, { id: OTHER, rev: 1 })).toThrow(refusal(403, 'M_FORBIDDEN'))
    expect(db.prepare('SELECT * FROM last_seen WHERE room = ?').all(UNIT)).toMatchObject([
      { room: UNIT, seen: JSON.stringify({ leads: ['@chief:a.example'], people: ['ben', 'cleo', 'chief'] }) },
    ])
  })

  it('of a relay that knows no rooms, or has lost its file: it cannot say', () => {
    const { db, start, sent } = world()
    db.exec('DELETE FROM last_seen')
    expect(() => start().raise()).toThrow(refusal(503, 'M_UNAVAILABLE'))
    expect(sent.list(NOW)).toEqual([])
  })

  it('follow the rooms, and go with them', () => {
    const { hs, listen, lastSeen, start } = world()
    hs.add(ALL, '@anna:a.example', 'm.room.member', { membership: 'leave' }, '@anna:a.example')
    hs.add(ALL, '@anna:b.example', 'm.room.member', { membership: 'leave' }, '@anna:b.example')
    hs.add(SPACE, bot('a'), 'm.space.child', {}, UNIT)
    listen()
    for (const seen of [lastSeen, start().lastSeen])
      expect([seen.of(ALL)?.people, seen.of(UNIT)]).toEqual([['ben', 'chief'], null])
    addToSpace(hs, UNIT)
    listen()
    expect(start().lastSeen.of(UNIT)?.people).toEqual(['ben', 'cleo', 'chief'])
  })

  it('count until the homeserver has told of the rooms', () => {
    const { hs, start, raise } = world()
    raise(chief, to(UNIT))
    const again = start()
    hs.add(SPACE, bot('a'), 'm.space.child', {}, UNIT)
    expect(again.memory.alerts()).toHaveLength(1)
    again.listen()
    expect(again.memory.alerts()).toEqual([])
  })
})

it('LAST-5 the event of the room takes its place: it is one alert, whatever the clock of the homeserver says', () => {
  const { hs, listen, raise, memory, state } = world()
  raise(chief, to(ALL, UNIT))
  expect(memory.revisionIn(ALL, ALERT_ID), 'it stands in no room').toBe(-1)
  state.now -= 60_000
  const event = sendAlert(hs, ALL, alertContent(NOW, to(ALL, UNIT)))
  listen()
  expect(memory.alerts()).toMatchObject([{ rooms: [ALL, UNIT], current: { event_id: event.event_id } }])
  expect([memory.revisionIn(ALL, ALERT_ID), memory.revisionIn(UNIT, ALERT_ID)]).toEqual([0, -1])
})
