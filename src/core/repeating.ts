/** Ringing again until people have answered, and who is told when they do not. Rules PUSH-21 to PUSH-23 in docs/spec.md. */
import { phaseOf, startOf, type Alert, type AlertContent, type Severity } from './alert.ts'
import { PUSH_TTL, sentKey } from './duty.ts'
import type { PersonId } from './ids.ts'

/** How long people are asked for an answer. */
export interface Schedule {
  /** Between two rounds of ringing, ms. */
  every: number
  /** From the beginning of the revision, ms: after it nobody is rung any more. */
  for: number
  /** Whether the webhook is then told who has not answered. */
  webhook: boolean
}
/** Null: it rings once. */
export type Schedules = Readonly<Record<Severity, Schedule | null>>

const MINUTE = 60_000
export const SCHEDULES: Schedules = {
  Extreme: { every: 3 * MINUTE, for: 30 * MINUTE, webhook: true },
  Severe: { every: 5 * MINUTE, for: 30 * MINUTE, webhook: true },
  Moderate: { every: 15 * MINUTE, for: 60 * MINUTE, webhook: false },
  Minor: null,
}

/** Its schedule while an answer is waited for: it is open and brings answers to choose from (PUSH-21). */
function scheduleOf(alert: Alert, schedules: Schedules, now: number): Schedule | null {
  const { responses, severity, status } = alert.current.content
  const asks = responses.length > 0 && status !== 'Test' && phaseOf(alert, now) === 'open'
  return asks && now - startOf(alert.current) <= PUSH_TTL ? schedules[severity] : null
}

export interface Round {
  /** 0 is the first ringing, which everybody gets; all others are for those who have not answered. */
  number: number
  /** When the next round begins, ms; null: there is none. */
  next: number | null
}

/**
 * The round that counts at `now`, ms. A relay that comes late rings in that one only: it is for all who have not answered,
 * so it stands for those that were missed. A new revision begins anew.
 */
export function roundOf(alert: Alert, schedules: Schedules, now: number): Round {
  const schedule = scheduleOf(alert, schedules, now)
  if (!schedule) return { number: 0, next: null }
  const start = startOf(alert.current)
  const last = Math.ceil(schedule.for / schedule.every) - 1
  // Another server's clock may be ahead of ours.
  const number = Math.min(last, Math.max(0, Math.floor((now - start) / schedule.every)))
  return { number, next: number < last ? start + (number + 1) * schedule.every : null }
}

/** When the webhook is told who has not answered, ms (not after `now`: at once); null: not, or not any more. */
export function handOverAt(alert: Alert, schedules: Schedules, now: number): number | null {
  const schedule = scheduleOf(alert, schedules, now)
  return schedule?.webhook ? startOf(alert.current) + schedule.for : null
}

/** The names under which relays list a round, and that the webhook has been told (`sentKey`). */
export const roundKey = (content: AlertContent, number: number): string =>
  number === 0 ? sentKey(content) : `${sentKey(content)}#${number}`
export const handOverKey = (content: AlertContent): string => `${sentKey(content)}#webhook`

/** Who is still waited for. Whoever sent the alert knows of it. */
export function unanswered(
  audience: ReadonlySet<PersonId>,
  answered: ReadonlySet<PersonId>,
  sender: PersonId,
): Set<PersonId> {
  return new Set([...audience].filter((person) => person !== sender && !answered.has(person)))
}
