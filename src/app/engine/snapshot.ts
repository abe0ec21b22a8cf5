/** The read model in memory: loaded at start, then what was written of it, and nothing else (SYNC-16). One load at a time. */
import type { Projection, ProjectionChange } from '../../core/ports.ts'
import { PAGE } from '../../core/retention.ts'
import type { RoomRecord } from '../../core/room.ts'
import type { RoomId } from '../../core/ids.ts'

/** A part that was not written stays the same object, and so does the record of each room. */
export interface Snapshot {
  rooms: ReadonlyMap<RoomId, RoomRecord>
  synced_at: number | null
  /** Texts of playbooks that are on board. */
  bodies: ReadonlyMap<string, { version: number; sha256: string }>
  read: ReadonlyMap<RoomId, number>
}

export interface Snapshots {
  /** Null before the first load. */
  now(): Snapshot | null
  onChange(run: () => void): () => void
  /** Reads further back in a room, until `leave`. */
  readBack(room: RoomId): void
  leave(room: RoomId): void
  stop(): void
}

export function keepSnapshot(projection: Projection, trouble: (error: unknown) => void): Snapshots {
  const listeners = new Set<() => void>()
  const newest = new Map<RoomId, number>()
  let snapshot: Snapshot | null = null
  let loading = false
  let waiting: ProjectionChange[] = ['all']

  async function after(before: Snapshot | null, changes: readonly ProjectionChange[]): Promise<Snapshot> {
    const all = !before || changes.includes('all')
    const batches = changes.flatMap((change) => (typeof change === 'object' ? [change.rooms] : []))
    const changed = [...new Set(batches.flat())]
    const [loaded, bodies, read] = await Promise.all([
      all ? projection.load({ newest }) : batches.length ? projection.load({ newest, rooms: changed }) : before,
      all || changes.includes('bodies') ? projection.bodies() : before.bodies,
      all || changes.includes('read') ? projection.readUpTo() : before.read,
    ])
    const { synced_at } = loaded
    if (all) return { rooms: loaded.rooms, synced_at, bodies, read }
    if (!changed.length) return { rooms: before.rooms, synced_at, bodies, read }
    const others = [...before.rooms].filter(([id]) => !changed.includes(id))
    return { rooms: new Map([...others, ...loaded.rooms]), synced_at, bodies, read }
  }

  async function load(change?: ProjectionChange): Promise<void> {
    if (change) waiting.push(change)
    if (loading) return
    loading = true
    try {
      while (waiting.length) {
        const changes = waiting
        waiting = []
        snapshot = await after(snapshot, changes).catch((error: unknown) => {
          waiting = [...changes, ...waiting]
          throw error
        })
        listeners.forEach((run) => run())
      }
    } catch (error) {
      trouble(error)
    } finally {
      loading = false
    }
  }

  const stop = projection.onChange((change) => void load(change))
  void load()
  return {
    now: () => snapshot,
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
    readBack(room) {
      newest.set(room, (newest.get(room) ?? PAGE) + PAGE)
      void load({ rooms: [room] })
    },
    leave(room) {
      if (newest.delete(room)) void load({ rooms: [room] })
    },
    stop,
  }
}
