import { describe, expect, it } from 'vitest'
import type { RoomId } from '../../../src/core/ids.ts'
import { readSync } from '../../../src/matrix/sync-answer.ts'

const ROOM: RoomId = '!room'
let next = 0
const event = (type: string, content: object, state_key?: string) => ({
  event_id: `$${(next += 1)}`,
  sender: '@a:x',
  type,
  origin_server_ts: next,
  content,
  ...(state_key === undefined ? {} : { state_key }),
})
const read = (room: object) => readSync({ rooms: { join: { [ROOM]: room } } }, new Set([ROOM])).rooms[0]!
const topics = (room: object) => read(room).state.map((e) => e.content['topic'])

describe('a sync answer', () => {
  it('SYNC-8 has the state after the timeline: that before it, then what changed in it', () => {
    const state = { events: [event('m.room.topic', { topic: 'old' }, '')] }
    const timeline = { events: [event('m.room.message', {}), event('m.room.topic', { topic: 'new' }, '')] }
    expect(topics({ state, timeline })).toEqual(['old', 'new'])
    expect(read({ state, timeline }).timeline).toHaveLength(2)
  })

  it('takes the state after the timeline as it is, where the homeserver says it', () => {
    const after = { events: [event('m.room.topic', { topic: 'resolved' }, '')] }
    const timeline = { events: [event('m.room.topic', { topic: 'lost' }, '')] }
    expect(topics({ 'org.matrix.msc4222.state_after': after, timeline })).toEqual(['resolved'])
  })

  it('SYNC-4 leaves out rooms that were not named, and broken events, and nothing else', () => {
    const good = event('m.room.message', {})
    const room = { timeline: { events: [{ type: 'm.room.message' }, 7, good], limited: true } }
    const answer = readSync(
      { rooms: { join: { '!other': {}, [ROOM]: room }, leave: { '!other': {} }, invite: { '!new': {} } } },
      new Set([ROOM]),
    )
    expect(answer.rooms.map((r) => r.id)).toEqual([ROOM])
    expect(answer.rooms[0]).toMatchObject({ limited: true, timeline: [good] })
    expect(answer.left).toEqual([])
    expect(answer.invited).toEqual(['!new'])
  })

  it('ROOM-13 says up to where another device has read a room, if that can be read', () => {
    const said = (...events: unknown[]) => readSync({ account_data: { events } }, new Set([ROOM])).read
    const position = (at: unknown, v = 1, room = ROOM) => ({ type: `de.notanker.read.${room}`, content: { v, at } })
    expect(said({ type: 'm.direct', content: {} }, position(5), position(6, 1, '!other'))).toEqual({ [ROOM]: 5 })
    for (const odd of [position('5'), position(-1), position(5, 2), 7]) expect(said(odd)).toEqual({})
    expect(readSync({ account_data: 3 }, new Set([ROOM])).read).toEqual({})
  })

  it.each([[null], [{}], [{ rooms: 3 }], [{ rooms: { join: { [ROOM]: 'x' } } }]])('takes %j for nothing new', (raw) => {
    expect(readSync(raw, new Set([ROOM]))).toEqual({ rooms: [], left: [], invited: [], read: {} })
  })
})
