/** The number on the app's icon: what waits for the person. Rule NOTICE-7 in docs/spec.md. Pure. */
import * as v from 'valibot'
import { foldAlerts, phaseOf, type AlertRevision } from './alert.ts'
import { roomId, timestamp, uuid, type AlertId, type RoomId } from './ids.ts'

/** What the app has counted last, at `at`, ms: alerts that wait for an answer, and rooms with unread messages. */
export const countSchema = v.object({ alerts: v.array(uuid), rooms: v.array(roomId), at: timestamp })
export type Count = v.InferOutput<typeof countSchema>

/**
 * Alerts that wait for an answer and rooms with unread messages, as the app has counted them, with what was pushed and
 * answered since.
 */
export function badgeOf(
  counted: Count | null,
  pushed: readonly { revision: AlertRevision; received_at: number }[],
  answered: readonly AlertId[],
  rooms: readonly { room: RoomId; received_at: number }[],
  now: number,
): number {
  const waiting = new Set(counted?.alerts)
  for (const { id, current, ...alert } of foldAlerts(pushed.map((p) => p.revision))) {
    const news = pushed.some((p) => p.revision.content.id === id && p.received_at > (counted?.at ?? 0))
    if (!news) continue
    const asks = current.content.responses.length > 0 && phaseOf({ id, current, ...alert }, now) === 'open'
    if (asks) waiting.add(id)
    else waiting.delete(id)
  }
  const news = rooms.filter((r) => r.received_at > (counted?.at ?? 0)).map(({ room }) => room)
  return waiting.difference(new Set(answered)).size + new Set(counted?.rooms).union(new Set(news)).size
}
