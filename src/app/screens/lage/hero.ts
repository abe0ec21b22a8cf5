/** Which alert fills the screen. */
import { isDrill } from '../../components/alert/marks.ts'
import type { AlertView } from '../../views.ts'

/** An alert that was just answered on Lage, and what was open then. */
export interface Kept {
  id: string
  known: ReadonlySet<string>
}

/**
 * The drill that is on, else the most urgent earnest alert, never a drill before an earnest one. An alert that was just
 * answered stays: a second tap must not answer the next one. Only an earnest alert that came later takes its place.
 */
export function heroOf(open: readonly AlertView[], drill: AlertView | undefined, kept: Kept | null): AlertView | null {
  const current = open.filter((a) => a.phase === 'open')
  const earnest = current.filter((a) => !isDrill(a.content))
  const stays = kept && current.find((a) => a.id === kept.id)
  const later = stays && earnest.find((a) => a.waits && !kept.known.has(a.id))
  if (stays && !later) return stays
  const on = current.find((a) => a.id === drill?.id)
  return later || on || earnest[0] || current[0] || null
}
