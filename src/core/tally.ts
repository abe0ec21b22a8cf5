/** What a relay does with answers: whether it takes them, and as which tally events it writes them. Rules ANSWER-*. */
import { TALLY_ENTRIES, type Response, type TallyContent, type TallyEntry } from './response.ts'
import type { Alert } from './alert.ts'
import type { AlertId, PersonId } from './ids.ts'

/** Most bytes of a tally event's content, well under Matrix's 65,536 of a whole event (docs/protocol.md). */
export const TALLY_BYTES = 48 * 1024

/**
 * Why an answer to a known alert is not taken; null: it is. A key of any revision counts: the phone may have shown an
 * older one when the person tapped (ANSWER-4).
 */
export function refusalOf(
  { key }: Response,
  alert: Alert,
  person: PersonId,
  audience: ReadonlySet<PersonId>,
): 'not_in_audience' | 'unknown_key' | null {
  if (!audience.has(person)) return 'not_in_audience'
  const known = alert.history.some(({ content }) => content.responses.some((option) => option.key === key))
  return known ? null : 'unknown_key'
}

/**
 * An answer as the tally holds it. A clock that runs ahead must not outvote every later answer of the same person, so
 * `at` is never in the relay's future (ANSWER-5).
 */
export function entryOf({ id, key, note, at }: Response, person: PersonId, now: number): TallyEntry {
  return { id, person, key, at: Math.min(at, now), ...(note === undefined ? {} : { note }) }
}

/** Tally events for the entries of one alert, in order, each within 300 entries and 48 KiB (ANSWER-1). */
export function tallies(alert: AlertId, entries: readonly TallyEntry[]): TallyContent[] {
  const events: TallyContent[] = []
  let [current, size]: [TallyEntry[], number] = [[], 0]
  for (const entry of entries) {
    const bytes = new TextEncoder().encode(JSON.stringify(entry)).length + 1
    if (current.length && (current.length >= TALLY_ENTRIES || size + bytes > TALLY_BYTES)) {
      events.push({ v: 1, alert, entries: current })
      ;[current, size] = [[], 0]
    }
    current.push(entry)
    size += bytes
  }
  if (current.length) events.push({ v: 1, alert, entries: current })
  return events
}
