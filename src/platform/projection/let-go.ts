/** Lets go of old rows: all but the newest of what may go (SYNC-12), or half of it where nothing else fits (DEVICE-1). */
import type { RoomId } from '../../core/ids.ts'
import { KEEP, LET_GO_AT, type LetGo } from '../../core/retention.ts'
import { classIn } from './rows.ts'
import type { Tx } from './write.ts'

export const LET_GO: readonly LetGo[] = ['message', 'other']

/** Up to when, ms, a room's rows of a class have gone. */
export interface Gone {
  room: RoomId
  rows: LetGo
  at: number
}

async function allBut(tx: Tx, room: RoomId, rows: LetGo, keep: number): Promise<Gone[]> {
  const order = tx.objectStore('timeline').index('order')
  const first = await order.openKeyCursor(classIn(room, rows))
  const from = keep > 0 ? await first?.advance(keep) : first
  if (!from) return []
  const [, , age] = from.key
  const surplus = await order.getAllKeys(IDBKeyRange.bound(from.key, [room, rows, []]))
  for (const id of surplus) await tx.objectStore('timeline').delete(id)
  return [{ room, rows, at: -age }]
}

async function each(tx: Tx, room: RoomId, keep: (count: number) => number): Promise<Gone[]> {
  const gone: Gone[] = []
  for (const rows of LET_GO) {
    const count = await tx.objectStore('timeline').index('order').count(classIn(room, rows))
    if (keep(count) < count) gone.push(...(await allBut(tx, room, rows, keep(count))))
  }
  return gone
}

export const bound = (tx: Tx, room: RoomId) => each(tx, room, (count) => (count < LET_GO_AT ? count : KEEP))
export const halve = (tx: Tx, room: RoomId) => each(tx, room, (count) => Math.floor(count / 2))

/** What is older is not taken in again (SYNC-13). */
export async function note(tx: Tx, gone: readonly Gone[]): Promise<void> {
  for (const { room, rows, at } of gone) await tx.objectStore('let_go').put(at, [room, rows])
}
