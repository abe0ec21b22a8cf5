/** Responses to alerts and their tally. Rules ANSWER-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { LIMITS, type Meaning, type ResponseOption } from './alert.ts'
import { personId, timestamp, uuid, type AlertId, type PersonId } from './ids.ts'
import { TYPE, type RoomEvent } from './event.ts'

const key = v.pipe(v.string(), v.minLength(1), v.maxLength(32))
const note = v.optional(v.pipe(v.string(), v.maxLength(LIMITS.note)))

/** What a person answers; `id` makes it idempotent, `at` is the person's own clock. */
export const responseSchema = v.object({ id: uuid, alert: uuid, key, note, at: timestamp })
export type Response = v.InferOutput<typeof responseSchema>

/** Which site's relay has said `registered`, and when, ms. */
export const registeredSchema = v.object({ site: v.string(), at: timestamp })
export type Registered = v.InferOutput<typeof registeredSchema>

const entrySchema = v.object({ id: uuid, person: personId, key, at: timestamp, note })
export const tallySchema = v.object({
  v: v.literal(1),
  alert: uuid,
  entries: v.pipe(v.array(entrySchema), v.maxLength(300)),
})
export type TallyEntry = v.InferOutput<typeof entrySchema>
export type TallyContent = v.InferOutput<typeof tallySchema>

/** Most entries that one tally event carries (docs/protocol.md). */
export const TALLY_ENTRIES = 300

export const readTally = (event: RoomEvent): TallyContent | null =>
  event.type === TYPE.tally ? parseOrNull(tallySchema, event.content) : null

/** The entry that counts of each person: the latest `at`, ties by the order of event ids (ANSWER-3). */
export function foldTally(
  alert: AlertId,
  tallies: Iterable<{ event_id: string; content: TallyContent }>,
): Map<PersonId, TallyEntry> {
  const latest = new Map<PersonId, TallyEntry & { event_id: string }>()
  for (const { event_id, content } of tallies) {
    if (content.alert !== alert) continue
    for (const entry of content.entries) {
      const seen = latest.get(entry.person)
      if (!seen || entry.at > seen.at || (entry.at === seen.at && event_id > seen.event_id))
        latest.set(entry.person, { ...entry, event_id })
    }
  }
  return new Map([...latest].map(([person, { event_id: _, ...entry }]) => [person, entry]))
}

export interface Tally {
  audience: number
  answered: number
  /** One row for each response option, in the alert's order. */
  options: { option: ResponseOption; people: PersonId[] }[]
  unanswered: PersonId[]
  /** Latest answer of each person. */
  entries: Map<PersonId, TallyEntry>
}

/** Counts answers against an audience; answers of people outside it are not counted. */
export function countTally(
  options: readonly ResponseOption[],
  audience: readonly PersonId[],
  entries: Map<PersonId, TallyEntry>,
): Tally {
  const answered = audience.filter((p) => entries.has(p))
  return {
    audience: audience.length,
    answered: answered.length,
    options: options.map((option) => ({ option, people: answered.filter((p) => entries.get(p)?.key === option.key) })),
    unanswered: audience.filter((p) => !entries.has(p)),
    entries,
  }
}

/** Order of the tally board: who needs help is first, then who is missing, then who is well. */
export const MEANING_ORDER: readonly Meaning[] = ['need_help', 'declined', 'coming', 'safe', 'acknowledged']
