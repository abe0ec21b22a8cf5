/** What the answer of a push service means for the push and the device. Source: RFC 8030, sections 5 and 7.3; RFC 9110, Retry-After. */

export type Outcome =
  | { kind: 'taken' }
  /** The subscription has ended: forget the device. */
  | { kind: 'gone' }
  /** A passing trouble: try again, not before `retry_after_ms`. */
  | { kind: 'later'; why: string; retry_after_ms: number }
  /** Will not heal by trying again; the device stays. */
  | { kind: 'refused'; why: string }

/** Seconds or a date; 0 where there is none or nobody can read it. */
function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}

/** Only 404 and 410 end a subscription (PUSH-6); 413 and other refusals are ours to mend and are logged. */
export function outcomeOf(status: number, header: string | null, now: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'taken' }
  if (status === 404 || status === 410) return { kind: 'gone' }
  if (status === 408 || status === 429 || status >= 500)
    return { kind: 'later', why: String(status), retry_after_ms: retryAfter(header, now) }
  return { kind: 'refused', why: String(status) }
}

const BASE = 2_000
const CAP = 300_000

/**
 * Wait before the next try, ms: what was asked for, and on top of it anything up to a bound that doubles ("full jitter"),
 * so that thousands of pushes that failed together do not come back together. `random` in [0, 1).
 */
export function waitFor(tries: number, retry_after_ms: number, random: number): number {
  return retry_after_ms + Math.round(Math.min(CAP, BASE * 2 ** (tries - 1)) * random)
}
