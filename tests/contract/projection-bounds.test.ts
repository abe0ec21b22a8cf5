import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import type { RoomEvent } from '../../src/core/event.ts'
import type { Projection } from '../../src/core/ports.ts'
import { KEEP, LET_GO_AT, PAGE } from '../../src/core/retention.ts'
import type { RoomKind } from '../../src/core/room.ts'
import { openProjection } from '../../src/platform/projection.ts'
import { ALERT_ID, alertContent } from '../fakes/agency.ts'
import { writeYear, YEAR, YEAR_ROOMS } from '../support/year.ts'
import { batch, event, freshName, implementations, OTHER, ROOM } from './projection-batches.ts'

const kind = (of: RoomKind, room = ROOM) =>
  event(`kind-${room}`, 0, {
    type: 'de.notanker.room',
    state_key: '',
    room_id: room,
    content: { v: 1, kind: of, title: of },
  })
const many = (count: number, from = 1, changes: Partial<RoomEvent> = {}) =>
  Array.from({ length: count }, (_, i) => event(String(from + i), from + i, changes))
const alert = (id: string, at: number, content: object = alertContent(at)) =>
  event(id, at, { content: { 'de.notanker.alert': content } })
const tally = (id: string, at: number, about = ALERT_ID) =>
  event(id, at, { type: 'de.notanker.tally', content: { v: 1, alert: about, entries: [] } })
const site = (id: string, at: number) => event(id, at, { type: 'de.notanker.active_site', state_key: '' })

const ids = (events: Iterable<RoomEvent> = []) => [...events].map((e) => e.event_id)
const record = async (projection: Projection, newest = 10_000) =>
  (await projection.load({ rooms: [ROOM], newest: new Map([[ROOM, newest]]) })).rooms.get(ROOM)
const kept = async (projection: Projection) => ids((await record(projection))?.timeline)

describe.each(implementations)('what stays: %s', (_name, create) => {
  it('SYNC-12 of old messages the newest stay; none goes before there are enough to go at once', async () => {
    const projection = create()
    await projection.apply(batch([{ state: [kind('team')], timeline: many(LET_GO_AT - 1) }]), 1)
    expect(await kept(projection)).toHaveLength(LET_GO_AT - 1)
    await projection.apply(batch([{ timeline: many(1, LET_GO_AT) }]), 2)
    expect(await kept(projection)).toEqual(ids(many(KEEP, LET_GO_AT - KEEP + 1)))
  })

  it('SYNC-12 one room’s messages take nothing from another’s', async () => {
    const projection = create()
    await projection.apply(batch([{ id: OTHER, timeline: [event('o', 1, { room_id: OTHER })] }]), 1)
    await projection.apply(batch([{ timeline: many(LET_GO_AT) }]), 2)
    expect(ids((await projection.load()).rooms.get(OTHER)?.timeline)).toEqual(['$o'])
  })

  it('SYNC-12 alerts, tallies and switches never go, however much is written after them', async () => {
    const projection = create()
    await projection.apply(batch([{ state: [kind('alert')], timeline: [alert('a', 1), site('s', 2)] }]), 1)
    const lage = { room_id: OTHER }
    await projection.apply(
      batch([{ id: OTHER, state: [kind('lage', OTHER)], timeline: [{ ...tally('t', 3), ...lage }] }]),
      1,
    )
    const room = [{ timeline: many(LET_GO_AT, 10) }, { id: OTHER, timeline: many(LET_GO_AT, 2000, lage) }]
    await projection.apply(batch(room), 2)
    expect((await kept(projection)).slice(0, 3)).toEqual(['$a', '$s', `$${10 + LET_GO_AT - KEEP}`])
    expect(ids(await projection.tallies(ALERT_ID))).toEqual(['$t'])
  })

  it('SYNC-12 what only looks like an alert, in a room for talk, is a message and goes', async () => {
    const projection = create()
    await projection.apply(batch([{ state: [kind('team')], timeline: [alert('false', 1)] }]), 1)
    await projection.apply(batch([{ timeline: many(LET_GO_AT, 10) }]), 2)
    expect(await kept(projection)).not.toContain('$false')
  })

  it('SYNC-12 what is no message of anybody is bounded by itself and takes no message with it', async () => {
    const projection = create()
    await projection.apply(batch([{ timeline: many(3) }]), 1)
    const reactions = many(LET_GO_AT, 1000, { type: 'm.reaction' })
    await projection.apply(batch([{ timeline: reactions }]), 2)
    expect(await kept(projection)).toEqual(['$1', '$2', '$3'])
    const known = await projection.knows(ROOM, [reactions.at(-1)!, event('new', 1000, { type: 'm.reaction' })])
    expect(known).toEqual(new Set([reactions.at(-1)!.event_id, '$new']))
    expect(await projection.knows(ROOM, [event('new', 1000)])).toEqual(new Set())
  })

  it('SYNC-13 what was let go counts as known and is not taken in again; an alert from back then is', async () => {
    const projection = create()
    const all = many(LET_GO_AT)
    await projection.apply(batch([{ state: [kind('alert')], timeline: all }]), 1)
    const late = [all[0]!, event('late', 5), alert('late-alert', 6), event('new', LET_GO_AT + 1)]
    expect(await projection.knows(ROOM, late)).toEqual(new Set(['$1', '$late']))
    await projection.add(ROOM, { timeline: late })
    const now = await kept(projection)
    expect([now[0], now.at(-1), now.length]).toEqual(['$late-alert', '$new', KEEP + 2])
  })

  it('DEVICE-1 where nothing else fits the older half of what was said goes, alerts stay', async () => {
    const projection = create()
    expect(await projection.makeRoom()).toBe(false)
    await projection.apply(batch([{ state: [kind('alert')], timeline: [alert('a', 1), ...many(5, 10)] }]), 1)
    expect(await projection.makeRoom()).toBe(true)
    expect(await kept(projection)).toEqual(['$a', '$13', '$14'])
    expect(await projection.knows(ROOM, many(5, 10))).toEqual(new Set(ids(many(5, 10))))
  })

  it('SYNC-13 a room that was left and joined again begins anew', async () => {
    const projection = create()
    await projection.apply(batch([{ timeline: many(LET_GO_AT) }]), 1)
    await projection.apply(batch([], { left: [ROOM] }), 2)
    await projection.add(ROOM, { timeline: many(2) })
    expect(await kept(projection)).toEqual(['$1', '$2'])
  })

  it('SYNC-12 what was taken back stays as a place, also when another site still has it whole', async () => {
    const projection = create()
    const takes = event('takes', 9, { type: 'm.room.redaction', content: { redacts: '$1' } })
    await projection.apply(batch([{ timeline: [...many(2), takes] }]), 1)
    await projection.add(ROOM, { timeline: many(2) })
    expect((await record(projection))?.timeline.map((e) => e.content)).toEqual([{}, { body: '2' }])
  })

  it('SYNC-14 a start reads alerts and the newest messages, more of a room when asked, and says what is left', async () => {
    const projection = create()
    const talk = many(PAGE + 60, 10)
    await projection.apply(batch([{ state: [kind('alert')], timeline: [alert('a', 1), ...talk] }]), 1)
    const start = (await projection.load()).rooms.get(ROOM)!
    expect(ids(start.timeline)).toEqual(['$a', ...ids(talk.slice(-PAGE))])
    expect(start.earlier).toBe(true)
    expect(ids((await record(projection, 2 * PAGE))?.timeline)).toEqual(['$a', ...ids(talk.slice(-2 * PAGE))])
    expect(await record(projection, talk.length)).toMatchObject({ earlier: false })
  })

  it('SYNC-14 tallies are read for one alert, and not at a start', async () => {
    const projection = create()
    const [mine, others] = [tally('t1', 1), tally('t2', 2, '0198aaaa-0000-7000-8000-000000000002')]
    await projection.apply(batch([{ state: [kind('lage')], timeline: [mine, others] }]), 1)
    expect((await record(projection))?.timeline).toEqual([])
    expect(await projection.tallies(ALERT_ID)).toEqual([mine])
  })

  it('SYNC-16 reads the rooms that it is asked for, and those are gone that are not here', async () => {
    const projection = create()
    await projection.apply(batch([{ timeline: many(1) }, { id: OTHER, timeline: many(1, 5, { room_id: OTHER }) }]), 7)
    const { rooms, synced_at } = await projection.load({ rooms: [OTHER, '!nowhere'] })
    expect([[...rooms.keys()], synced_at]).toEqual([[OTHER], 7])
    expect((await projection.load({ rooms: [] })).rooms.size).toBe(0)
  })
})

it(
  'SYNC-12 SYNC-14 what a year leaves is bounded, and what a start reads of it more so',
  { timeout: 120_000 },
  async () => {
    const name = freshName()
    const projection = openProjection(name)
    const days = 120
    await writeYear(projection, Date.UTC(2026, 10, 24), days)
    const talk = YEAR_ROOMS.filter((room) => room.kind === 'team')
    const written = (days * YEAR.messages) / 9
    expect(written).toBeGreaterThan(LET_GO_AT)
    const all = await projection.load({ newest: new Map(talk.map(({ id }) => [id, 10_000])) })
    for (const { id } of talk) {
      const messages = all.rooms.get(id)!.timeline.length
      expect(messages).toBeGreaterThanOrEqual(KEEP)
      expect(messages).toBeLessThan(LET_GO_AT)
    }
    const { rooms } = await projection.load()
    for (const { id } of talk) expect(rooms.get(id)!.timeline).toHaveLength(PAGE)
    const alerts = rooms.get(YEAR_ROOMS[0]!.id)!.timeline
    expect(alerts.length).toBe(3 * Math.ceil((YEAR.alerts * days) / YEAR.days))
  },
)
