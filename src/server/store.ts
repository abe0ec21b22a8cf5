/** The relay's one file, `relay.sqlite` in its data folder. Lost, phones and homeserver fill it again. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS devices (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, endpoint TEXT NOT NULL UNIQUE, device TEXT NOT NULL, seen INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS devices_of_person ON devices (person);
  CREATE TABLE IF NOT EXISTS reminded (
    device TEXT PRIMARY KEY REFERENCES devices ON DELETE CASCADE, at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sent (key TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS pushed (
    key TEXT NOT NULL, device TEXT NOT NULL, PRIMARY KEY (key, device)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reach (
    key TEXT NOT NULL, device TEXT NOT NULL, person TEXT NOT NULL, stage TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (key, device)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rung_by_others (key TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS heartbeat (bot TEXT PRIMARY KEY, beat INTEGER NOT NULL, epoch INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS days (at INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS last_seen (room TEXT PRIMARY KEY, seen TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS alarms (
    key TEXT PRIMARY KEY, sender TEXT NOT NULL, alert TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS restored (at INTEGER NOT NULL) STRICT;
`

/** Opens the file in `folder`, or a passing one in memory. A write survives the process, and but for the last ones a power cut. */
export function openStore(folder: string | null): DatabaseSync {
  const db = new DatabaseSync(folder === null ? ':memory:' : join(folder, 'relay.sqlite'))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;')
  db.exec(SCHEMA)
  return db
}
