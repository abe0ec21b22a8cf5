/** Timelines of rooms for one reader, each made anew only when its room or what the reader has said there is another. */
import type { Deployment } from '../../core/deployment.ts'
import type { PersonId } from '../../core/ids.ts'
import type { OutboxItem } from '../../core/outbox.ts'
import type { AgencyRoom } from '../../core/room.ts'
import { timelineOf, type TimelineEntry } from '../../core/timeline.ts'

export type Timelines = (room: AgencyRoom, outbox: readonly OutboxItem[]) => TimelineEntry[]

export function timelinesFor(deployment: Deployment, me: PersonId): Timelines {
  const known = new WeakMap<AgencyRoom, { said: string; entries: TimelineEntry[] }>()
  return (room, outbox) => {
    const own = outbox.filter(({ payload }) => payload.kind === 'event' && payload.room === room.id)
    const said = JSON.stringify(own)
    const before = known.get(room)
    if (before?.said === said) return before.entries
    const entries = timelineOf(deployment, room, me, own)
    known.set(room, { said, entries })
    return entries
  }
}
