/** What the suites of the projection write, and the projections that they write it to. */
import type { RoomEvent } from '../../src/core/event.ts'
import type { RoomId, UserId } from '../../src/core/ids.ts'
import type { Projection, SyncBatch } from '../../src/core/ports.ts'
import { openProjection } from '../../src/platform/projection.ts'
import { memoryProjection } from '../fakes/memory-projection.ts'

export const freshName = () => `projection-${crypto.randomUUID()}`
export const implementations: [string, () => Projection][] = [
  ['in memory', memoryProjection],
  ['IndexedDB', () => openProjection(freshName())],
]

export const ROOM: RoomId = '!room'
export const OTHER: RoomId = '!other'
export const AT_A: UserId = '@anna:a.example'
export const AT_B: UserId = '@anna:b.example'
export const event = (id: string, at: number, changes: Partial<RoomEvent> = {}): RoomEvent => ({
  event_id: `$${id}`,
  room_id: ROOM,
  sender: '@ben:a.example',
  type: 'm.room.message',
  content: { body: id },
  origin_server_ts: at,
  ...changes,
})
export const state = (id: string, type: string, key = '', room = ROOM) =>
  event(id, 1, { type, state_key: key, room_id: room })
export const batch = (rooms: Partial<SyncBatch['rooms'][number]>[], changes: Partial<SyncBatch> = {}): SyncBatch => ({
  account: AT_A,
  next_batch: 's1',
  initial: false,
  rooms: rooms.map((r) => ({ id: ROOM, state: [], timeline: [], limited: false, ...r })),
  left: [],
  ...changes,
})
