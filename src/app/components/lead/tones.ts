/** How an answer looks on the tally: by what it means, beside its word (APP-6). */
import type { Meaning } from '../../../core/alert.ts'
import type { TallyView } from '../../views.ts'

export type Tone = Meaning | 'unanswered'
export interface Segment {
  tone: Tone
  count: number
}

/** Who is well first, who needs help last; who has not answered is the rest of the bar. */
export const segmentsOf = ({ rows, unanswered }: TallyView): Segment[] => [
  ...rows.map(({ meaning, count }): Segment => ({ tone: meaning, count })).toReversed(),
  { tone: 'unanswered', count: unanswered.length },
]

/** Rows of the board: help, then those of whom nothing is known, then the rest in its order (LEAD-6). */
export function boardOf<Row extends { meaning: Meaning }, Rest>(
  rows: readonly Row[],
  unanswered: Rest,
): (Row | Rest)[] {
  const help = rows.filter((row) => row.meaning === 'need_help')
  const others = rows.filter((row) => row.meaning !== 'need_help')
  return [...help, unanswered, ...others]
}
