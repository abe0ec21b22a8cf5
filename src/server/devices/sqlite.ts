/** The device register in SQLite. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { setImmediate as others } from 'node:timers/promises'
import type { PersonId } from '../../core/ids.ts'
import { parseJson } from '../../core/parse.ts'
import { deviceSchema } from '../../core/relay.ts'
import { MAX_DEVICES, type DeviceRegister, type RegisteredDevice } from './register.ts'

/** A row as it was written; none for one that an older version wrote otherwise: its phone registers again. */
function read(row: Record<string, SQLOutputValue>): RegisteredDevice[] {
  const device = parseJson(deviceSchema, String(row['device']))
  if (!device.ok) return []
  return [
    {
      id: String(row['id']),
      person: String(row['person']) as PersonId,
      device: device.value,
      seen: Number(row['seen']),
    },
  ]
}

/** Of a look at all of them; between two pages alerts ring. */
const PAGE = 200

export function sqliteRegister(db: DatabaseSync): DeviceRegister {
  const owner = db.prepare('SELECT person FROM devices WHERE id = ?')
  const sameEndpoint = db.prepare('DELETE FROM devices WHERE endpoint = ? AND id <> ?')
  const upsert = db.prepare(
    `INSERT INTO devices (id, person, endpoint, device, seen) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET endpoint = excluded.endpoint, device = excluded.device, seen = excluded.seen`,
  )
  const dropOldest = db.prepare(
    `DELETE FROM devices WHERE person = ?1 AND id NOT IN
     (SELECT id FROM devices WHERE person = ?1 ORDER BY id = ?2 DESC, seen DESC LIMIT ${MAX_DEVICES})`,
  )
  const one = db.prepare('SELECT * FROM devices WHERE id = ? AND person = ?')
  const remove = db.prepare('DELETE FROM devices WHERE id = ? AND person = ?')
  const forget = db.prepare('DELETE FROM devices WHERE id = ? AND endpoint = ?')
  const many = db.prepare('SELECT * FROM devices WHERE person IN (SELECT value FROM json_each(?)) ORDER BY id')
  const page = db.prepare(
    `SELECT devices.*, at FROM devices LEFT JOIN reminded ON reminded.device = id WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
  )
  const reminded = db.prepare('INSERT OR REPLACE INTO reminded (device, at) SELECT id, ?2 FROM devices WHERE id = ?1')
  const removeOf = db.prepare('DELETE FROM devices WHERE person IN (SELECT value FROM json_each(?))')
  const removeUnseen = db.prepare('DELETE FROM devices WHERE seen < ?')
  const heard = db.prepare('SELECT max(seen) AS at FROM devices WHERE seen <= ?')
  const count = db.prepare('SELECT count(*) AS n FROM devices')

  function write({ id, person, device, seen }: RegisteredDevice): void {
    const { endpoint } = device.subscription
    db.exec('BEGIN IMMEDIATE')
    try {
      sameEndpoint.run(endpoint, id)
      upsert.run(id, person, endpoint, JSON.stringify(device), seen)
      dropOldest.run(person, id)
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }

  return {
    async put(device) {
      const row = owner.get(device.id)
      if (row && row['person'] !== device.person) return 'foreign'
      write(device)
      return 'stored'
    },
    async get(id, person) {
      return one.all(id, person).flatMap(read)[0] ?? null
    },
    async remove(id, person) {
      return remove.run(id, person).changes > 0
    },
    async forget(id, endpoint) {
      forget.run(id, endpoint)
    },
    async ofPeople(people) {
      return many.all(JSON.stringify([...people])).flatMap(read)
    },
    async removeOf(people) {
      return Number(removeOf.run(JSON.stringify([...people])).changes)
    },
    async removeUnseen(at) {
      return Number(removeUnseen.run(at).changes)
    },
    async heard(now) {
      const at = heard.get(now)?.['at']
      return typeof at === 'number' ? at : null
    },
    async count() {
      return Number(count.get()?.['n'])
    },
    async *all() {
      for (let rows = page.all(''); rows.length; rows = page.all(rows.at(-1)!['id']!)) {
        for (const row of rows) {
          const { at } = row
          for (const device of read(row)) yield { ...device, reminded: typeof at === 'number' ? at : null }
        }
        await others()
      }
    },
    async noteReminded(id, at) {
      reminded.run(id, at)
    },
  }
}
