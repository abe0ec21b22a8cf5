/** How far an alert has got with each person: what relays know of it, and what follows. Rules REACH-* in docs/spec.md. Pure. */
import * as v from 'valibot'
import { uuid, type PersonId } from './ids.ts'

/**
 * What one relay knows of a person, the least first. `registered`: there is a device, and another relay rings it; `failed`: no
 * push service took it; `ringing`: it is being tried; `accepted`: a push service has it; `shown`: it stood on a screen.
 */
const STAGES = ['registered', 'failed', 'ringing', 'accepted', 'shown'] as const
export type Stage = (typeof STAGES)[number]

/** The further one; undefined: nothing is known. */
export const further = (a: Stage | undefined, b: Stage): Stage =>
  a !== undefined && STAGES.indexOf(a) > STAGES.indexOf(b) ? a : b

/** `GET /v1/reach/<alert>`, for the newest revision that the relay knows. Who is not named has no device there. */
export const reachReply = v.object({
  v: v.literal(1),
  rev: v.number(),
  people: v.record(v.string(), v.fallback(v.picklist(STAGES), 'registered')),
})
export type ReachReport = v.InferOutput<typeof reachReply>

/** `POST /v1/shown`: this revision stands on the caller's screen. */
export const shownRequest = v.object({
  v: v.literal(1),
  alert: uuid,
  rev: v.pipe(v.number(), v.integer(), v.minValue(0)),
})

/** How long relays know it, ms. */
export const REACH_KNOWN = 24 * 3600_000

export const REACH = ['no_device', 'failed', 'unknown', 'ringing', 'accepted', 'shown'] as const
export type Reach = (typeof REACH)[number]

/** What is known of a person by all relays that were asked; null for one that did not answer. */
export function reachOf(person: PersonId, rev: number, reports: readonly (ReachReport | null)[]): Reach {
  // One that knows an older revision only knows nothing of this one.
  const known = reports.filter((report) => report?.rev === rev)
  const silent = known.length < reports.length
  let stage: Stage | undefined
  for (const report of known) {
    const one = report?.people[person]
    if (one) stage = further(stage, one)
  }
  if (stage === undefined) return silent ? 'unknown' : 'no_device'
  if (stage === 'registered') return silent ? 'unknown' : 'ringing'
  return stage
}
