/**
 * What the disk does not take is shown all the same, and written when it does: no alert waits for room (DEVICE-1). The
 * position on disk stays behind with it, so that the next start fetches it again.
 */
import { TYPE, type RoomEvent } from '../../core/event.ts'
import { replacesState } from '../../core/failover.ts'
import type { Clock, Projection, ProjectionChange, SyncBatch } from '../../core/ports.ts'
import { aboutOf, classOf, type RowClass } from '../../core/retention.ts'
import { kindOfRoom, stateKey, type RoomRecord } from '../../core/room.ts'
import { byTime } from './rows.ts'

const RETRY = 5_000
const SHOWN: readonly RowClass[] = ['alert', 'site', 'message']

function withRows(before: RoomRecord | undefined, { id, state, timeline }: SyncBatch['rooms'][number]): RoomRecord {
  const now = new Map(before?.state)
  for (const event of state) {
    const key = stateKey(event.type, event.state_key)
    if (replacesState(now.get(key), event)) now.set(key, event)
  }
  const said = now.get(stateKey(TYPE.room))
  const kind = said ? kindOfRoom(said) : null
  const rows = new Map<string, RoomEvent>(before?.timeline.map((event) => [event.event_id, event]))
  for (const event of timeline) if (SHOWN.includes(classOf(event, kind))) rows.set(event.event_id, event)
  return { ...before, id, state: now, timeline: [...rows.values()].toSorted(byTime) }
}

export function keepUnwritten(projection: Projection, clock: Pick<Clock, 'now' | 'at'>): Projection {
  const listeners = new Set<(change: ProjectionChange) => void>()
  let held: { batch: SyncBatch; at: number }[] = []
  let writing: Promise<void> | null = null
  let cancel = () => {}

  async function write(): Promise<void> {
    cancel()
    try {
      for (let next = held[0]; next; next = held[0]) {
        const { batch, at } = next
        await projection.apply(batch, at)
        held = held.filter((one) => one.batch !== batch)
      }
    } catch {
      cancel = clock.at(clock.now() + RETRY, () => void attempt())
    }
    writing = null
  }
  const attempt = () => (writing ??= write())
  // Emptied, or the page was away: whose it was is not known any more, and the position on disk brings it again.
  projection.onChange((change) => {
    if (change === 'all') held = []
  })

  return {
    ...projection,
    onChange(run) {
      listeners.add(run)
      const stop = projection.onChange(run)
      return () => (stop(), listeners.delete(run))
    },
    async apply(batch, at) {
      held.push({ batch, at })
      await attempt()
      const rooms = [...batch.left, ...batch.rooms.map(({ id }) => id)]
      if (held.some((one) => one.batch === batch)) listeners.forEach((run) => run({ rooms }))
    },
    async load(which) {
      const { rooms, synced_at } = await projection.load(which)
      for (const { batch } of held) {
        for (const room of batch.left) rooms.delete(room)
        for (const room of batch.rooms)
          if (which?.rooms?.includes(room.id) ?? true) rooms.set(room.id, withRows(rooms.get(room.id), room))
      }
      return { rooms, synced_at: held.at(-1)?.at ?? synced_at }
    },
    async tallies(alert) {
      const written = await projection.tallies(alert)
      const rows = held.flatMap(({ batch }) => batch.rooms.flatMap(({ timeline }) => timeline))
      return [...written, ...rows.filter((event) => aboutOf(event) === alert)]
    },
    /** These rooms are synced from the start: what was held must not move their position past it. */
    rememberRooms(account, rooms) {
      held = held.filter(({ batch }) => batch.account !== account)
      return projection.rememberRooms(account, rooms)
    },
    clear() {
      held = []
      return projection.clear()
    },
  }
}
