import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import type { RoomEvent } from '../../src/core/event.ts'
import type { RoomId } from '../../src/core/ids.ts'
import type { Projection, SyncBatch } from '../../src/core/ports.ts'
import { stateOf } from '../../src/core/room.ts'
import { openProjection } from '../../src/platform/projection.ts'
import { memoryProjection } from '../fakes/memory-projection.ts'
import { AT_A, AT_B, batch, event, freshName, implementations, OTHER, ROOM, state } from './projection-batches.ts'

const room = async (projection: Projection, id = ROOM) => (await projection.load()).rooms.get(id)
const timeline = async (projection: Projection, id = ROOM) =>
  (await room(projection, id))?.timeline.map((e) => e.event_id)
const stateId = async (projection: Projection, type: string, key = '') =>
  stateOf((await room(projection))!, type, key)?.event_id

describe.each(implementations)('projection: %s', (_name, create) => {
  it('is empty at first', async () => {
    const projection = create()
    expect(await projection.load()).toEqual({ rooms: new Map(), synced_at: null })
    expect(await projection.position(AT_A)).toBeNull()
    expect(await projection.body('x')).toBeNull()
  })

  it('APP-1, APP-2 shows what a sync brought, and when', async () => {
    const projection = create()
    const say = event('1', 5)
    await projection.apply(
      batch([
        { state: [state('n', 'm.room.name')], timeline: [say] },
        { id: OTHER, timeline: [event('2', 6, { room_id: OTHER })] },
      ]),
      99,
    )
    const { rooms, synced_at } = await projection.load()
    expect([...rooms.keys()].toSorted()).toEqual([OTHER, ROOM])
    expect(rooms.get(ROOM)?.timeline).toEqual([say])
    expect(await stateId(projection, 'm.room.name')).toBe('$n')
    expect(synced_at).toBe(99)
  })

  it('orders a timeline by time, then by event id, in whatever order events come, each once', async () => {
    const projection = create()
    await projection.apply(batch([{ timeline: [event('c', 7), event('b', 5)] }]), 1)
    await projection.apply(batch([{ timeline: [event('a', 5), event('b', 5)] }], { account: AT_B }), 2)
    await projection.add(ROOM, { timeline: [event('d', 1)] })
    expect(await timeline(projection)).toEqual(['$d', '$a', '$b', '$c'])
  })

  it('SYNC-8 takes state only from what the sync says it is after the timeline', async () => {
    const projection = create()
    await projection.apply(
      batch([{ state: [state('now', 'm.room.name')], timeline: [state('lost', 'm.room.name')] }]),
      1,
    )
    expect(await stateId(projection, 'm.room.name')).toBe('$now')
    expect(await projection.knows(ROOM, [state('lost', 'm.room.name')])).toEqual(new Set(['$lost']))
  })

  it('SYNC-22 state that was replaced does not come back with the event of another branch, but with a first sync', async () => {
    const projection = create()
    const at = (id: string, time: number, type = 'm.room.name') => event(id, time, { type, state_key: '' })
    const name = () => stateId(projection, 'm.room.name')
    const sync = (state: RoomEvent[], changes: Partial<SyncBatch> = {}) =>
      projection.apply(batch([{ state }], changes), 1)
    const keys = ['m.room.name', 'm.room.power_levels', 'm.room.member']
    await sync([...keys.map((type) => at(`${type}1`, 1, type)), at('x', 1, 'm.room.topic')], { initial: true })
    await sync(keys.map((type) => at(`${type}2`, 2, type)))
    await sync([...keys.map((type) => at(`${type}1`, 1, type)), at('new', 3, 'm.room.topic')])
    for (const type of keys) expect(await stateId(projection, type)).toBe(`$${type}2`)
    expect(await stateId(projection, 'm.room.topic')).toBe('$new')
    // What one account has replaced the other does not bring back either: its site may be behind.
    await sync([at('m.room.name1', 1)], { account: AT_B })
    expect(await name()).toBe('$m.room.name2')
    await sync([at('m.room.name1', 1)], { account: AT_B, initial: true })
    expect(await name()).toBe('$m.room.name1')
    // What it has replaced then, and what was never anything else, comes in its time.
    await sync([at('m.room.name2', 2)])
    expect(await name()).toBe('$m.room.name2')
  })

  it('SYNC-22 what a site that is behind brings keeps nothing newer away', async () => {
    const projection = create()
    const at = (id: string, time: number) => event(id, time, { type: 'm.room.name', state_key: '' })
    const sync = (state: RoomEvent[], account = AT_A) => projection.apply(batch([{ state }], { account }), 1)
    await sync([at('2', 2)])
    await sync([at('1', 1)], AT_B)
    await sync([at('2', 2)], AT_B)
    expect(await stateId(projection, 'm.room.name')).toBe('$2')
  })

  it('SYNC-22 a first sync is a beginning: only what it has replaced itself stays away', async () => {
    const projection = create()
    const member = (id: string, time: number) => event(id, time, { type: 'm.room.member', state_key: '@a:x' })
    const sync = (state: RoomEvent[], initial = false) => projection.apply(batch([{ state }], { initial }), 1)
    const is = () => stateId(projection, 'm.room.member', '@a:x')
    await sync([member('left', 2)])
    await sync([member('in', 1), member('renamed', 3)], true)
    expect(await is()).toBe('$renamed')
    await sync([member('in', 1)])
    expect(await is()).toBe('$renamed')
    await sync([member('left', 2)])
    expect(await is()).toBe('$left')
  })

  it('SYNC-22 a first sync at another site replaces, too', async () => {
    const projection = create()
    const name = (id: string, time: number) => event(id, time, { type: 'm.room.name', state_key: '' })
    await projection.apply(batch([{ state: [name('1', 1)] }]), 1)
    await projection.apply(batch([{ state: [name('2', 2)] }], { account: AT_B, initial: true }), 1)
    await projection.apply(batch([{ state: [name('1', 1)] }], { account: AT_B }), 1)
    expect(await stateId(projection, 'm.room.name')).toBe('$2')
  })

  it('an event that was taken back stays as a place without content, one of another room stays whole', async () => {
    const projection = create()
    const takes = (id: string, redacts: unknown) => event(id, 9, { type: 'm.room.redaction', content: { redacts } })
    await projection.apply(batch([{ timeline: [event('1', 1), event('2', 2)] }]), 1)
    await projection.apply(batch([{ id: OTHER, timeline: [event('3', 3, { room_id: OTHER })] }]), 1)
    await projection.apply(batch([{ timeline: [takes('a', '$1'), takes('b', '$3'), takes('c', 5)] }]), 2)
    expect((await room(projection))?.timeline.map((e) => e.content).slice(0, 2)).toEqual([{}, { body: '2' }])
    expect((await room(projection, OTHER))?.timeline[0]?.content).toEqual({ body: '3' })
  })

  it('a room that an account’s filter names no more is forgotten, one that it never had is not', async () => {
    const projection = create()
    await projection.rememberRooms(AT_A, [ROOM])
    await projection.apply(batch([{ timeline: [event('1', 1)] }]), 1)
    await projection.rememberRooms(AT_B, [OTHER])
    expect(await timeline(projection)).toEqual(['$1'])
    await projection.rememberRooms(AT_A, [OTHER])
    expect(await room(projection)).toBeUndefined()
  })

  it('keeps state apart by type and key', async () => {
    const projection = create()
    const members = [
      state('1', 'm.room.member', '@a:x'),
      state('2', 'm.room.member', '@b:x'),
      state('3', 'm.room.name'),
    ]
    await projection.apply(batch([{ state: members }]), 1)
    expect((await room(projection))?.state.size).toBe(3)
    expect(await stateId(projection, 'm.room.member', '@b:x')).toBe('$2')
  })

  it('SYNC-8 history that is added later does not change the state', async () => {
    const projection = create()
    await projection.apply(batch([{ state: [state('now', 'm.room.name')] }]), 1)
    await projection.add(ROOM, { timeline: [state('once', 'm.room.name')] })
    expect(await stateId(projection, 'm.room.name')).toBe('$now')
    await projection.add(ROOM, { state: [state('m', 'm.room.member', '@a:x')] })
    expect(await stateId(projection, 'm.room.member', '@a:x')).toBe('$m')
  })

  it('a first sync replaces the state of its rooms, but for members and the creation, and keeps timelines', async () => {
    const projection = create()
    const before = [state('n', 'm.room.name'), state('m', 'm.room.member', '@a:x'), state('c', 'm.room.create')]
    await projection.apply(
      batch([
        { state: before, timeline: [event('1', 1)] },
        { id: OTHER, state: [state('o', 'm.room.name', '', OTHER)] },
      ]),
      1,
    )
    await projection.apply(batch([{ state: [state('t', 'm.room.topic')] }], { account: AT_B, initial: true }), 2)
    expect(await stateId(projection, 'm.room.name')).toBeUndefined()
    expect(await stateId(projection, 'm.room.topic')).toBe('$t')
    expect(await stateId(projection, 'm.room.member', '@a:x')).toBe('$m')
    expect(await stateId(projection, 'm.room.create')).toBe('$c')
    expect(await timeline(projection)).toEqual(['$1'])
    expect((await room(projection, OTHER))?.state.size).toBe(1)
  })

  it('forgets a room that was left, and no other', async () => {
    const projection = create()
    const other = {
      id: OTHER,
      state: [state('o', 'm.room.name', '', OTHER)],
      timeline: [event('2', 1, { room_id: OTHER })],
    }
    await projection.apply(batch([{ state: [state('n', 'm.room.name')], timeline: [event('1', 1)] }, other]), 1)
    await projection.apply(batch([], { left: [ROOM] }), 2)
    expect([...(await projection.load()).rooms.keys()]).toEqual([OTHER])
    expect(await projection.knows(ROOM, [event('1', 1)])).toEqual(new Set())
    expect(await projection.knows(OTHER, other.timeline)).toEqual(new Set(['$2']))
  })

  it('SYNC-20 keeps the rows of a room that one account has left while another is in it', async () => {
    const projection = create()
    const there = batch([{ timeline: [event('1', 1)] }])
    const both = async () => {
      for (const account of [AT_A, AT_B]) await projection.apply({ ...there, account }, 1)
    }
    await both()
    await projection.apply(batch([], { left: [ROOM], next_batch: 's6' }), 2)
    expect(await timeline(projection)).toEqual(['$1'])
    expect(await projection.position(AT_A)).toMatchObject({ since: 's6', joined: [] })
    await projection.rememberRooms(AT_B, [OTHER])
    expect(await room(projection)).toBeUndefined()

    await both()
    await projection.rememberRooms(AT_A, [OTHER])
    expect(await timeline(projection)).toEqual(['$1'])
    await projection.apply(batch([], { account: AT_B, initial: true }), 3)
    expect(await room(projection)).toBeUndefined()
  })

  it('knows which timeline events are here', async () => {
    const projection = create()
    await projection.apply(batch([{ state: [state('s', 'm.room.name')], timeline: [event('1', 1)] }]), 1)
    const some = [event('1', 1), state('s', 'm.room.name'), event('x', 1)]
    expect(await projection.knows(ROOM, some)).toEqual(new Set(['$1']))
    expect(await projection.knows(ROOM, [])).toEqual(new Set())
  })

  it('SYNC-2 goes on for each account where that one was, with the rooms of its filter', async () => {
    const projection = create()
    await projection.rememberRooms(AT_A, [ROOM, OTHER])
    expect(await projection.position(AT_A)).toEqual({ since: null, rooms: [ROOM, OTHER], joined: null })
    await projection.apply(batch([], { next_batch: 's5' }), 1)
    await projection.apply(batch([], { account: AT_B, next_batch: 'b7' }), 2)
    expect(await projection.position(AT_A)).toEqual({ since: 's5', rooms: [ROOM, OTHER], joined: [] })
    expect(await projection.position(AT_B)).toEqual({ since: 'b7', rooms: [], joined: [] })
    await projection.rememberRooms(AT_A, [ROOM])
    expect(await projection.position(AT_A)).toEqual({ since: null, rooms: [ROOM], joined: [] })
  })

  it('SYNC-3 knows where each account is in: what a first sync brings, what comes later, less what was left', async () => {
    const projection = create()
    const joined = async () => (await projection.position(AT_A))?.joined
    await projection.rememberRooms(AT_A, [ROOM, OTHER])
    await projection.apply(batch([{}], { initial: true }), 1)
    expect(await joined()).toEqual([ROOM])
    await projection.apply(batch([{ id: OTHER }]), 2)
    expect((await joined())?.toSorted()).toEqual([OTHER, ROOM])
    await projection.apply(batch([], { left: [ROOM] }), 3)
    expect(await joined()).toEqual([OTHER])
    await projection.rememberRooms(AT_A, [ROOM])
    expect(await joined()).toEqual([])
  })

  it('a room that a first sync brings no more is forgotten, one where only another account is in is not', async () => {
    const projection = create()
    const name = (room: RoomId) => ({ id: room, state: [state(room.slice(1), 'm.room.name', '', room)] })
    await projection.apply(batch([name(ROOM), name(OTHER)], { initial: true }), 1)
    await projection.apply(batch([name(ROOM)], { initial: true, account: AT_B }), 2)
    expect([...(await projection.load()).rooms.keys()].toSorted()).toEqual([OTHER, ROOM])
    await projection.apply(batch([name(ROOM)], { initial: true }), 3)
    expect([...(await projection.load()).rooms.keys()]).toEqual([ROOM])
  })

  it('SYNC-21 after a restore a first sync takes nothing away: rows, rooms, newer state', async () => {
    const projection = create()
    const at = (id: string, type: string, time: number) => event(id, time, { type, state_key: '' })
    await projection.rememberRooms(AT_A, [ROOM, OTHER])
    const old = [at('n1', 'm.room.name', 5), at('t1', 'm.room.topic', 5), at('l1', 'lost', 5)]
    const later = { id: OTHER, state: [state('o', 'm.room.name', '', OTHER)] }
    await projection.apply(batch([{ state: old, timeline: [event('1', 5)] }, later], { initial: true }), 1)
    await projection.startAnew(AT_A)
    expect(await projection.position(AT_A)).toMatchObject({ since: null, rooms: [ROOM, OTHER], joined: [ROOM, OTHER] })

    const copy = [at('n0', 'm.room.name', 4), at('t2', 'm.room.topic', 6)]
    const first = batch([{ state: copy, timeline: [event('2', 6)] }], { initial: true, next_batch: null })
    // A gap is open: a restart begins once more.
    for (let start = 0; start < 2; start++) {
      await projection.apply(first, 2)
      expect(await timeline(projection)).toEqual(['$1', '$2'])
      expect(
        await Promise.all(['m.room.name', 'm.room.topic', 'lost'].map((type) => stateId(projection, type))),
      ).toEqual(['$n1', '$t2', '$l1'])
      expect(await room(projection, OTHER)).toBeDefined()
    }
    await projection.apply(batch([{ state: [at('n0', 'm.room.name', 4)] }], { next_batch: 's9' }), 3)
    expect(await projection.position(AT_A)).toEqual({ since: 's9', rooms: [ROOM, OTHER], joined: [ROOM] })
    expect(await stateId(projection, 'm.room.name')).toBe('$n0')
  })

  it('SYNC-21 an account that was never here has nothing to start anew', async () => {
    const projection = create()
    await projection.startAnew(AT_A)
    expect(await projection.position(AT_A)).toBeNull()
  })

  it('BOOK-2 keeps texts of playbooks, the last one of each', async () => {
    const projection = create()
    const text = (version: number) => ({ version, sha256: `${version}`, markdown: `# ${version}` })
    await projection.putBody('strom', text(1))
    await projection.putBody('strom', text(2))
    await projection.putBody('feuer', text(7))
    expect(await projection.body('strom')).toEqual(text(2))
    expect(await projection.bodies()).toEqual(
      new Map([
        ['strom', { version: 2, sha256: '2' }],
        ['feuer', { version: 7, sha256: '7' }],
      ]),
    )
  })

  it('ROOM-13 remembers up to where a room was read, here or on another device, and takes none of it back', async () => {
    const projection = create()
    await projection.markRead(ROOM, 5)
    await projection.markRead(OTHER, 6)
    await projection.markRead(ROOM, 9)
    await projection.markRead(ROOM, 7)
    await projection.apply(batch([], { read: { [ROOM]: 8, [OTHER]: 7 } }), 1)
    await projection.markRead(OTHER, 6)
    expect(await projection.readUpTo()).toEqual(
      new Map([
        [ROOM, 9],
        [OTHER, 7],
      ]),
    )
    expect((await projection.position(AT_A))?.read).toEqual({ [ROOM]: 8, [OTHER]: 7 })
  })

  it('SIGN-4 forgets everything', async () => {
    const projection = create()
    await projection.apply(batch([{ state: [state('n', 'm.room.name')], timeline: [event('1', 1)] }]), 1)
    await projection.putBody('strom', { version: 1, sha256: 'x', markdown: '' })
    await projection.markRead(ROOM, 5)
    await projection.clear()
    expect(await projection.load()).toEqual({ rooms: new Map(), synced_at: null })
    expect([
      await projection.position(AT_A),
      (await projection.bodies()).size,
      (await projection.readUpTo()).size,
    ]).toEqual([null, 0, 0])
  })

  it('gives copies: what is done to them changes nothing', async () => {
    const projection = create()
    const written = event('1', 1)
    await projection.apply(batch([{ timeline: [written] }]), 1)
    written.content['body'] = 'other'
    ;(await room(projection))!.timeline[0]!.content['body'] = 'another'
    expect((await room(projection))?.timeline[0]?.content).toEqual({ body: '1' })
  })

  it('SYNC-1, SYNC-10 a batch that cannot be stored changes nothing, the position included', async () => {
    const projection = create()
    const odd = event('2', 2, { content: { body: () => {} } })
    await expect(projection.apply(batch([{ timeline: [event('1', 1), odd] }]), 1)).rejects.toThrow()
    expect(await projection.load()).toEqual({ rooms: new Map(), synced_at: null })
    expect(await projection.position(AT_A)).toBeNull()
  })

  it('SYNC-16 says after each write what was written, until nobody listens', async () => {
    const projection = create()
    const heard: unknown[] = []
    const stop = projection.onChange((change) => void heard.push(change))
    await projection.rememberRooms(AT_A, [ROOM, OTHER])
    await projection.apply(batch([{ timeline: [event('1', 1)] }], { left: [OTHER] }), 1)
    await projection.apply(batch([]), 2)
    await projection.add(ROOM, { timeline: [event('2', 2)] })
    await projection.rememberRooms(AT_A, [OTHER])
    await projection.putBody('strom', { version: 1, sha256: 'x', markdown: '' })
    await projection.markRead(ROOM, 5)
    await projection.markRead(ROOM, 5)
    await projection.apply(batch([], { read: { [ROOM]: 5 } }), 3)
    await projection.apply(batch([], { read: { [ROOM]: 6 } }), 4)
    await projection.clear()
    const rooms = [[], [OTHER, ROOM], [], [ROOM], [ROOM]].map((ids) => ({ rooms: ids }))
    const more = [{ rooms: [] }, { rooms: [] }, 'read']
    expect(heard).toEqual([...rooms, 'bodies', 'read', ...more, 'all'])
    stop()
    await projection.markRead(ROOM, 7)
    expect(heard).toHaveLength(11)
  })
})

it('in memory it begins with the rooms it is given', async () => {
  const from = memoryProjection()
  await from.apply(batch([{ state: [state('n', 'm.room.name')], timeline: [event('1', 1)] }]), 1)
  const { rooms } = await from.load()
  expect((await memoryProjection(rooms.values()).load()).rooms).toEqual(rooms)
})

describe('projection on disk', () => {
  it('APP-1 is there when the browser is opened again', async () => {
    const name = freshName()
    await openProjection(name).apply(batch([{ timeline: [event('1', 1)] }], { next_batch: 's9' }), 7)
    const again = openProjection(name)
    expect(await timeline(again)).toEqual(['$1'])
    expect((await again.position(AT_A))?.since).toBe('s9')
  })

  it('SYNC-16 another window hears what was written', async () => {
    const name = freshName()
    const [one, other] = [openProjection(name), openProjection(name)]
    const heard = new Promise((resolve) => other.onChange(resolve))
    await one.apply(batch([{ timeline: [event('1', 1)] }]), 1)
    expect(await heard).toEqual({ rooms: [ROOM] })
    expect(await timeline(other)).toEqual(['$1'])
  })
})
