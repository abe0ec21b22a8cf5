/** Whom a relay asks to open the app, because the standby may not be there when it is needed. Rules READY-8, READY-9 in docs/spec.md. */

const DAY = 24 * 3600_000
/** A session may have ended meanwhile, and nobody has looked: only the app itself can, ms. */
const UNSEEN_MS = 7 * DAY
/** Between two reminders of one device, ms. */
const AGAIN_MS = 7 * DAY

export interface Reminded {
  /** When the device last registered, ms. */
  seen: number
  /** Sites that no longer know its session, as it said itself. */
  expired: readonly string[]
  /** When it was last reminded, ms; null: never. */
  reminded: number | null
}

export type Reminder = 'expired' | 'unseen'

/** Null: nothing to say, or not yet again. */
export function reminderFor({ seen, expired, reminded }: Reminded, now: number): Reminder | null {
  if (reminded !== null && now - reminded < AGAIN_MS) return null
  if (now - seen >= UNSEEN_MS) return 'unseen'
  return expired.length ? 'expired' : null
}

/** Nobody is rung out of bed for it: Monday to Friday from 9 to 16 o'clock of the server's time zone. */
export function isOfficeHour(now: number): boolean {
  const at = new Date(now)
  const day = at.getDay()
  return day >= 1 && day <= 5 && at.getHours() >= 9 && at.getHours() < 16
}
