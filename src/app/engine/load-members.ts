/** Fetches who is in the rooms whose people are counted or named; the sync brings only those who speak. */
import { maySendAlert } from '../../core/room.ts'
import type { RoomId } from '../../core/ids.ts'
import { recall, remember } from '../memory.ts'
import { roomsNow, type Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const RETRY = 15_000

export function loadMembers(context: Context): Kept & { anew(): void } {
  const { ports, matrix } = context
  const done = new Set<RoomId>()
  async function work(): Promise<number | null> {
    const account = context.account()
    if (!account) return RETRY
    const wanted = roomsNow(context).filter(
      (room) => room.kind !== 'handbook' && (room.kind !== 'alert' || maySendAlert(room, account.user)),
    )
    for (const { id } of wanted) {
      if (done.has(id)) continue
      const members = await matrix.members(account, id)
      if (!members) return RETRY
      done.add(id)
      await ports.projection.add(id, { state: members })
      const counted = (await recall(ports.settings, 'counted')) ?? []
      if (!counted.includes(id)) await remember(ports.settings, 'counted', [...counted, id])
    }
    return null
  }
  const kept = keep(ports.clock, work, context.trouble)
  return {
    ...kept,
    anew() {
      done.clear()
      kept.poke()
    },
  }
}
