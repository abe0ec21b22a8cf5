/** How far an alert has got: of those without an answer, what is known of their devices (REACH-3). */
import { REACH, reachOf, type Reach, type ReachReport } from '../../core/reach.ts'
import type { PersonId } from '../../core/ids.ts'
import type { TallyView } from '../views.ts'

export interface ReachView {
  /** Who has answered, or has had it on the screen. */
  reached: number
  audience: number
  /** Those without an answer: who is to be called first, first. */
  rows: { reach: Reach; people: { person: PersonId; name: string }[] }[]
  /** Not every relay has told what it knows. */
  silent: boolean
}

export function reachView(tally: TallyView, rev: number, reports: readonly (ReachReport | null)[]): ReachView {
  const people = Map.groupBy(tally.unanswered, ({ person }) => reachOf(person, rev, reports))
  return {
    reached: tally.answered + (people.get('shown')?.length ?? 0),
    audience: tally.audience,
    rows: REACH.flatMap((reach) => (people.has(reach) ? [{ reach, people: people.get(reach)! }] : [])),
    silent: reports.some((report) => report?.rev !== rev),
  }
}
