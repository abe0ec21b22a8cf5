/** Tells the homeserver in use up to when each room was read, for the person's other devices (ROOM-14). It holds up nothing else. */
import type { UserId } from '../../core/ids.ts'
import type { Connection } from '../../core/ports.ts'
import { tellings, type Told } from '../../core/read-position.ts'
import type { Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const RETRY = 30_000

export function tellRead({ ports, snapshots, trouble }: Context, connection: () => Connection | null): Kept {
  const { clock, projection } = ports
  const told = new Map<UserId, Told>()
  async function work(): Promise<number | null> {
    const open = connection()
    const read = snapshots.now()?.read
    const position = open && read?.size ? await projection.position(open.account.user) : null
    if (!open || !read || !position) return null
    const rooms: Told = told.get(open.account.user) ?? new Map()
    told.set(open.account.user, rooms)
    for (const { room, at } of tellings(read, position, rooms, clock.now()).due) {
      const failure = await open.tellRead(room, at)
      if (failure?.fate === 'wait') return Math.max(RETRY, failure.retry_after_ms ?? 0)
      // Of what a homeserver refuses nothing more is said in this run.
      rooms.set(room, { at, when: failure ? Infinity : clock.now() })
    }
    return tellings(read, position, rooms, clock.now()).again
  }
  return keep(clock, work, trouble)
}
