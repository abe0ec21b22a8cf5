/** A playbook as the list shows it: what its card says and whether its text is on board (BOOK-2, BOOK-4). */
import { OUTDATED_MONTHS, type PlaybookEntry } from '../../core/handbook.ts'
import type { PlaybookView } from '../views.ts'

function isOutdated(updated: string, now: number): boolean {
  const until = new Date(updated)
  until.setMonth(until.getMonth() + OUTDATED_MONTHS)
  return until.getTime() < now
}

export function playbookView(
  { id, card }: PlaybookEntry,
  bodies: ReadonlyMap<string, { sha256: string }>,
  now: number,
): PlaybookView {
  const body = bodies.get(id)
  const onBoard = !body ? 'no' : body.sha256 === card.sha256 ? 'yes' : 'older'
  return { id, card, onBoard, outdated: isOutdated(card.updated, now) }
}
