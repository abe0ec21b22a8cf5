/** How far the alerts of the last day have got, by device: for the reach report (REACH-1, REACH-2). */
import type { DatabaseSync } from 'node:sqlite'
import type { PersonId } from '../../core/ids.ts'
import { further, REACH_KNOWN, type Stage } from '../../core/reach.ts'

/** What happens to one device. */
type Noted = Extract<Stage, 'failed' | 'accepted' | 'shown'>

export interface ReachLog {
  /** Keys are those of revisions (`sentKey`). What is further is not taken back. */
  note(key: string, device: { id: string; person: PersonId }, stage: Noted, now: number): void
  /** By device. */
  of(key: string): Map<string, { person: PersonId; stage: Noted }>
  forget(now: number): void
}

export function reachLog(db: DatabaseSync): ReachLog {
  const one = db.prepare('SELECT stage FROM reach WHERE key = ? AND device = ?')
  const put = db.prepare('INSERT OR REPLACE INTO reach (key, device, person, stage, at) VALUES (?, ?, ?, ?, ?)')
  const all = db.prepare('SELECT device, person, stage FROM reach WHERE key = ?')
  const forget = db.prepare('DELETE FROM reach WHERE at <= ?')
  return {
    note(key, { id, person }, stage, now) {
      const before = one.get(key, id)?.['stage'] as Noted | undefined
      if (further(before, stage) !== before) put.run(key, id, person, stage, now)
    },
    of: (key) =>
      new Map(
        all.all(key).map((row) => {
          const { device, person, stage } = row as unknown as { device: string; person: PersonId; stage: Noted }
          return [device, { person, stage }]
        }),
      ),
    forget: (now) => void forget.run(now - REACH_KNOWN),
  }
}
