/** Where an account is in and how far, as its syncs say it. Rules SYNC-1 to SYNC-4 in docs/spec.md. */
import type { RoomEvent } from './event.ts'
import type { RoomId } from './ids.ts'
import type { Position, SyncBatch } from './ports.ts'

/**
 * After a sync answer: where the account goes on, and the rooms that it has left while nobody looked. A homeserver that was
 * restored from a copy does not know of all that it is in (SYNC-21).
 */
export function positionAfter(
  before: Position | null,
  { next_batch, initial, rooms, left, read: said }: SyncBatch,
): { position: Position; gone: RoomId[] } {
  const came = new Set(rooms.map(({ id }) => id))
  const others = (before?.joined ?? []).filter((id) => !came.has(id))
  const joined = [...(initial ? [] : others), ...came].filter((id) => !left.includes(id))
  const read: Position['read'] = { ...(initial ? {} : before?.read), ...said }
  const where = { since: next_batch, rooms: before?.rooms ?? [], joined }
  const position = Object.keys(read).length ? { ...where, read } : where
  if (!before?.restored) return { position, gone: initial ? others : [] }
  // As long as a restart would sync from the start once more.
  return { position: next_batch === null ? { ...position, restored: true } : position, gone: [] }
}

/** What a sync from the start says of a room's state: all of it, or, after a restore, what is newer than what is here. */
export const isNews = (event: RoomEvent, here: RoomEvent | undefined, restored: boolean): boolean =>
  !restored || !here || event.origin_server_ts >= here.origin_server_ts
