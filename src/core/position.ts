/** Where an account is in, as its syncs say it. Rules SYNC-1 to SYNC-4 in docs/spec.md. */
import type { RoomId } from './ids.ts'
import type { SyncBatch } from './ports.ts'

/** After a sync answer: the rooms that the account is in, and those that it has left while nobody looked. */
export function joinedAfter(
  before: readonly RoomId[],
  { initial, rooms, left }: SyncBatch,
): { joined: RoomId[]; gone: RoomId[] } {
  const came = new Set(rooms.map(({ id }) => id))
  const others = before.filter((id) => !came.has(id))
  const joined = [...(initial ? [] : others), ...came].filter((id) => !left.includes(id))
  return { joined, gone: initial ? others : [] }
}
