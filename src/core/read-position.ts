/** Up to where a person has read each room: one position across their devices and accounts. Rules ROOM-13 and ROOM-14 in docs/spec.md. */
import * as v from 'valibot'
import { timestamp, type RoomId } from './ids.ts'
import type { Position } from './ports.ts'

/** Account data of type `de.notanker.read.<room id>` (docs/protocol.md, "Read positions"). */
export const readSchema = v.object({ v: v.literal(1), at: timestamp })

/** Clocks of homeservers and devices are never quite together, ms. */
const SKEW = 60_000

/**
 * The position of somebody who sees the message of the moment `newest`, ms. A homeserver whose clock is far ahead must not
 * have everything count as read that others say meanwhile.
 */
export const readAt = (newest: number, now: number): number => Math.min(newest, now + SKEW)

/** The later of the two. Devices hear of each other's positions in any order, and none takes one back. */
export const laterRead = (here: number | undefined, said: number): number => Math.max(here ?? 0, said)

export interface Telling {
  room: RoomId
  at: number
}

/** Of each room up to where a homeserver was last told, and when that was, ms. */
export type Told = Map<RoomId, { at: number; when: number }>

/** How long after one telling of a room the next may follow; and how long its echo in the sync is waited for, ms. */
const [PACE, ECHO] = [5_000, 60_000]

/** What an account is to be told now, the newest of each room it is in, and how long until there may be more, ms; null: there is nothing more. */
export function tellings(
  read: ReadonlyMap<RoomId, number>,
  { joined, read: held = {} }: Position,
  told: Told,
  now: number,
): { due: Telling[]; again: number | null } {
  const open = [...read].flatMap(([room, at]) => {
    if (!joined?.includes(room) || at <= (held[room] ?? 0)) return []
    const last = told.get(room)
    const wait = last ? last.when + (at > last.at ? PACE : ECHO) - now : 0
    return [{ room, at, wait: Math.max(0, wait) }]
  })
  const waiting = open.filter(({ wait }) => wait > 0 && wait < Infinity)
  return {
    due: open.filter(({ wait }) => wait === 0).map(({ room, at }) => ({ room, at })),
    again: waiting.length ? Math.min(...waiting.map(({ wait }) => wait)) : null,
  }
}
