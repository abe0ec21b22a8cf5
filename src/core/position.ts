/** Where an account is in and how far, as its syncs say it. Rules SYNC-1 to SYNC-4 in docs/spec.md. */
import type { RoomEvent } from './event.ts'
import { replacesState } from './failover.ts'
import type { EventId, RoomId } from './ids.ts'
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

/** A piece of state as it is kept: with what it has taken the place of, the latest first. */
export type KeptState = RoomEvent & { replaced?: EventId[] }

/** So many are remembered. */
const REPLACED = 20

/**
 * What is kept of a piece of state once a sync says it; null: nothing changes. `start`: a first sync, whose word is whole;
 * `copy`: one after a restore, where what is newer here stays (SYNC-21); `on`: a sync that goes on. Synapse gives with the
 * event of another branch the state before it, in which what has changed since is as it was (MSC4222): SYNC-22.
 */
export function keptState(
  here: KeptState | undefined,
  event: RoomEvent,
  from: 'start' | 'copy' | 'on',
): KeptState | null {
  if (!here) return event
  const { replaced = [], ...known } = here
  const older = event.origin_server_ts < here.origin_server_ts
  const back = replaced.includes(event.event_id)
  if (from === 'copy' && older) return known
  if (!replacesState(here, event)) return null
  if (from !== 'on' && (older || back)) return event
  if (back) return null
  // One of a site that is behind takes no newer one's place for good: that comes there, too.
  const gone = older || event.event_id === here.event_id ? [] : [here.event_id]
  return { ...event, replaced: [...gone, ...replaced].slice(0, REPLACED) }
}
