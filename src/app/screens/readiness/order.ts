/** Which row comes first, and what its button does. */
import type { ReadinessRow } from '../../views.ts'

const RANK: Record<ReadinessRow['state'], number> = { failed: 0, open: 0, checking: 1, proven: 2 }

/** What is open first (READY-1); otherwise in the order of the store. */
export const byNeed = (rows: readonly ReadinessRow[]): ReadinessRow[] =>
  rows.toSorted((a, b) => RANK[a.state] - RANK[b.state])

/** A proof by push ages: it can always be renewed. */
export const fixOf = (row: ReadinessRow): ReadinessRow['fix'] =>
  row.fix ?? (row.finding.kind === 'push_received' ? 'test_push' : null)
