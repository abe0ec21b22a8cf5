/** The outbox on disk. `strict` durability: what `add` has resolved for survives a power cut (OUT-1). */
import type { DBSchema, IDBPDatabase } from 'idb'
import type { OutboxItem } from '../core/outbox.ts'
import type { OutboxPort } from '../core/ports.ts'
import { announcer, something } from './announce.ts'
import { database, whole, type Keeper } from './database.ts'

interface Schema extends DBSchema {
  items: { key: string; value: OutboxItem; indexes: { seq: number } }
}

export function openOutbox(name = 'notanker-outbox', keeper?: Keeper): OutboxPort {
  const upgrade = (db: IDBPDatabase<Schema>) => {
    db.createObjectStore('items', { keyPath: 'client_id' }).createIndex('seq', 'seq', { unique: true })
  }
  const open = database<Schema>(name, 1, upgrade, keeper)
  const { announce, onChange } = announcer(name, something)
  const write = async () => (await open()).transaction('items', 'readwrite', { durability: 'strict' })
  return {
    onChange,
    async all() {
      return (await open()).getAllFromIndex('items', 'seq')
    },
    async add(drafts) {
      const tx = await write()
      await whole(tx, async () => {
        // `seq` is given inside the transaction, so that two windows never share a number.
        const last = await tx.store.index('seq').openKeyCursor(null, 'prev')
        let seq = last ? last.key : 0
        for (const draft of drafts)
          await tx.store.add({ ...draft, seq: ++seq, attempts: 0, delivery: { state: 'saved' } })
      })
      announce()
    },
    async put(items) {
      const tx = await write()
      await whole(tx, async () => {
        for (const item of items) {
          // An item that was discarded meanwhile stays discarded.
          if (await tx.store.getKey(item.client_id)) await tx.store.put(item)
        }
      })
      announce()
    },
    async remove(ids) {
      const tx = await write()
      await whole(tx, () => Promise.all(ids.map((id) => tx.store.delete(id))))
      announce()
    },
    async clear() {
      await (await open()).clear('items')
      announce()
    },
  }
}
