/** Small things that outlive the page: session, deployment file, language, draft. Read as unknown, parsed by whoever asks. */
import type { DBSchema, IDBPDatabase } from 'idb'
import type { Settings } from '../core/ports.ts'
import { announcer } from './announce.ts'
import { database, whole, type Keeper } from './database.ts'

interface Schema extends DBSchema {
  settings: { key: string; value: unknown }
}

export function openSettings(name = 'notanker-settings', keeper?: Keeper): Settings {
  const asked = new Set<string>()
  const { announce, onChange } = announcer<string>(name, () => asked)
  const anew = keeper && {
    ...keeper,
    made(database: string, again: boolean) {
      keeper.made(database, again)
      // Whoever knows what is no longer here has to hear of it.
      if (again) asked.forEach(announce)
    },
  }
  const upgrade = (db: IDBPDatabase<Schema>) => void db.createObjectStore('settings')
  const open = database<Schema>(name, 1, upgrade, anew)
  const write = async () => (await open()).transaction('settings', 'readwrite', { durability: 'strict' })
  return {
    onChange,
    async get(key) {
      asked.add(key)
      return (await open()).get('settings', key)
    },
    async set(key, value) {
      const tx = await write()
      await whole(tx, async () => (value === null ? tx.store.delete(key) : tx.store.put(value, key)))
      announce(key)
    },
    async clear() {
      const tx = await write()
      const [keys] = await Promise.all([tx.store.getAllKeys(), tx.store.clear(), tx.done])
      for (const key of keys) announce(key)
    },
  }
}
