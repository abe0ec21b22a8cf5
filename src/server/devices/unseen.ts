/**
 * Deletes devices that nobody has used for long. Rules KEEP-1 and KEEP-2. Counted are not days by the clock but days on
 * which this relay was there and heard from somebody, each written down: one that was away for months, one that no phone
 * can reach, or a clock that jumps makes no device old.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Log } from '../log.ts'
import type { DeviceRegister } from './register.ts'

const DAY = 24 * 3600_000

/** Days that counted, by the moment when each was over, ms. */
export interface DayLog {
  /** The last one; null: none yet. */
  last(): number | null
  /** Notes one more and keeps as many as are needed to say which was the `keep`th before it; null: there are fewer. */
  add(at: number, keep: number): number | null
  /** Forgets what is later than `now`: the clock was wrong then. */
  forgetAfter(now: number): void
}

export function dayLog(db: DatabaseSync): DayLog {
  const last = db.prepare('SELECT max(at) AS at FROM days')
  const add = db.prepare('INSERT OR IGNORE INTO days (at) VALUES (?)')
  const before = db.prepare('SELECT at FROM days ORDER BY at DESC LIMIT 1 OFFSET ?')
  const trim = db.prepare('DELETE FROM days WHERE at < ?')
  const forgetAfter = db.prepare('DELETE FROM days WHERE at > ?')
  const numberOf = (at: unknown) => (typeof at === 'number' ? at : null)
  return {
    last: () => numberOf(last.get()?.['at']),
    add(at, keep) {
      add.run(at)
      const first = numberOf(before.get(keep)?.['at'])
      if (first !== null) trim.run(first)
      return first
    },
    forgetAfter: (now) => void forgetAfter.run(now),
  }
}

interface Ports {
  register: Pick<DeviceRegister, 'removeUnseen' | 'heard'>
  days: DayLog
  /** How many days a device is kept after it last registered. */
  keep: number
  now: () => number
  log: Log
}

/** To be called often; does something once a day. */
export async function removeUnseen({ register, days, keep, now, log }: Ports): Promise<void> {
  const at = now()
  days.forgetAfter(at)
  const last = days.last()
  if (last !== null && at - last < DAY) return
  const heard = await register.heard(at)
  // Nobody since: it is the relay that cannot be reached. The day is over when somebody can.
  if (last !== null && (heard === null || heard <= last)) return
  const since = days.add(at, keep)
  if (since === null) return
  const devices = await register.removeUnseen(since)
  if (devices) log.info({ devices, days: keep }, 'devices that were not seen for long were deleted')
}
