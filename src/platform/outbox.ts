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
          await tx.store.add({ ...draft, seq: ++seq, attempts: 0, tried: {}, delivery: { state: 'saved' } })
      })
      announce()
    },
    async change(ids, step) {
      const tx = await write()
      const changed: OutboxItem[] = []
      let touched = false
      await whole(tx, async () => {
        for (const id of ids) {
          const before = await tx.store.get(id)
          const after = before && step(before)
          if (after === before || after === undefined) continue
          touched = true
          if (after === null) await tx.store.delete(id)
          else {
            await tx.store.put(after)
            changed.push(after)
          }
        }
      })
      if (touched) announce()
      return changed
    },
  }
}
