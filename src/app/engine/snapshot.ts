/** The read model in memory: loaded at start, and again whenever something was written. One load at a time. */
import type { Projection } from '../../core/ports.ts'
import type { RoomRecord } from '../../core/room.ts'
import type { RoomId } from '../../core/ids.ts'

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
  stop(): void
}

export function keepSnapshot(projection: Projection, trouble: (error: unknown) => void): Snapshots {
  const listeners = new Set<() => void>()
  let snapshot: Snapshot | null = null
  let loading = false
  let stale = false

  async function load(): Promise<void> {
    if (loading) return void (stale = true)
    loading = true
    try {
      do {
        stale = false
        const [{ rooms, synced_at }, bodies, read] = await Promise.all([
          projection.load(),
          projection.bodies(),
          projection.readUpTo(),
        ])
        snapshot = { rooms, synced_at, bodies, read }
        listeners.forEach((run) => run())
      } while (stale)
    } catch (error) {
      trouble(error)
    } finally {
      loading = false
    }
  }

  const stop = projection.onChange(() => void load())
  void load()
  return {
    now: () => snapshot,
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
    stop,
  }
}
