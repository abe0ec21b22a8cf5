/** Small things that outlive the page: session, deployment file, language, draft. Read as unknown, parsed by whoever asks. */
import type { DBSchema } from 'idb'
import type { Settings } from '../core/ports.ts'
import { database } from './database.ts'

interface Schema extends DBSchema {
  settings: { key: string; value: unknown }
}

export function openSettings(name = 'notanker-settings'): Settings {
  const open = database<Schema>(name, 1, (db) => {
    db.createObjectStore('settings')
  })
  return {
    async get(key) {
      return (await open()).get('settings', key)
    },
    async set(key, value) {
      const tx = (await open()).transaction('settings', 'readwrite', { durability: 'strict' })
      await Promise.all([value === null ? tx.store.delete(key) : tx.store.put(value, key), tx.done])
    },
    async clear() {
      await (await open()).clear('settings')
    },
  }
}
