/** Which alerts this relay or another one has pushed, and to which devices: survives a restart, kept for a day. */
import type { DatabaseSync } from 'node:sqlite'

const KEEP = 24 * 3600_000

const said = (key: string, wording: string) => `${key} ${wording}`.trimEnd()

export interface SentLog {
  /** Whether this relay has taken on the revision (`sentKey`). */
  has(key: string): boolean
  add(key: string, now: number): void
  /** Whether another relay has rung for good, so that this one never will (PUSH-18). It is not listed as sent here. */
  isRungByOthers(key: string): boolean
  addRungByOthers(key: string, now: number): void
  /** Keys of the last day, oldest first. */
  list(now: number): string[]
  /** Devices that are done with for this wording of a revision: taken or not to be had. */
  devices(key: string, wording: string): Set<string>
  markDone(key: string, wording: string, device: string): void
  forget(now: number): void
}

export function sentLog(db: DatabaseSync): SentLog {
  const has = db.prepare('SELECT 1 FROM sent WHERE key = ?')
  const add = db.prepare('INSERT OR IGNORE INTO sent (key, at) VALUES (?, ?)')
  const list = db.prepare('SELECT key FROM sent WHERE at > ? ORDER BY at, key')
  const hasOthers = db.prepare('SELECT 1 FROM rung_by_others WHERE key = ?')
  const addOthers = db.prepare('INSERT OR IGNORE INTO rung_by_others (key, at) VALUES (?, ?)')
  const devices = db.prepare('SELECT device FROM pushed WHERE key = ?')
  const mark = db.prepare('INSERT OR IGNORE INTO pushed (key, device) VALUES (?, ?)')
  const forget = db.prepare('DELETE FROM sent WHERE at <= ?')
  const forgetOthers = db.prepare('DELETE FROM rung_by_others WHERE at <= ?')
  const orphans = db.prepare(
    "DELETE FROM pushed WHERE substr(key, 1, instr(key || ' ', ' ') - 1) NOT IN (SELECT key FROM sent)",
  )
  return {
    has: (key) => has.get(key) !== undefined,
    add: (key, now) => void add.run(key, now),
    isRungByOthers: (key) => hasOthers.get(key) !== undefined,
    addRungByOthers: (key, now) => void addOthers.run(key, now),
    list: (now) => list.all(now - KEEP).map((row) => String(row['key'])),
    devices: (key, wording) => new Set(devices.all(said(key, wording)).map((row) => String(row['device']))),
    markDone: (key, wording, device) => void mark.run(said(key, wording), device),
    forget(now) {
      forgetOthers.run(now - KEEP)
      // Asked every second; there is a row for each device of each alert.
      if (forget.run(now - KEEP).changes) orphans.run()
    },
  }
}
