/**
 * The nudge: one state event into every room, so that a site that was away catches up within seconds. Without it the other
 * side's federation back-off decides (measured: 27 to 69 s). Rule SITE-12.
 */
import { TYPE } from '../../core/event.ts'
import type { RoomId, SiteId } from '../../core/ids.ts'
import type { Homeserver } from '../homeserver.ts'
import { reasonOf, type Log } from '../log.ts'

export interface Nudge {
  /** Touches every room; asked for again meanwhile, it does so once more afterwards. */
  touch(): void
  stop(): Promise<void>
}

interface Ports {
  self: SiteId
  rooms: () => RoomId[]
  epoch: () => number
  homeserver: Pick<Homeserver, 'setState'>
  now: () => number
  log: Log
}

export function createNudge({ self, rooms, epoch, homeserver, now, log }: Ports): Nudge {
  let running: Promise<void> | null = null
  let again = false

  async function round(): Promise<void> {
    const content = { v: 1, epoch: epoch(), at: now() }
    const all = rooms()
    const results = await Promise.allSettled(all.map((id) => homeserver.setState(id, TYPE.site, self, content)))
    const failed = results.flatMap((r) => (r.status === 'rejected' ? [reasonOf(r.reason)] : []))
    // A room that failed is touched at the next return: the homeserver is away again, or refuses for good.
    if (failed.length) log.warn({ failed: failed.length, reason: failed[0] }, 'not every room could be touched')
    log.info({ rooms: all.length - failed.length }, 'rooms touched')
  }

  return {
    touch() {
      again = true
      running ??= (async () => {
        while (again) {
          again = false
          await round()
        }
        running = null
      })()
    },
    async stop() {
      again = false
      await running
    },
  }
}
