/**
 * Opens IndexedDB so that it can always be upgraded and always be opened again: a handle closes when another window
 * brings a newer version, and a handle that the browser has closed under us is replaced at the next use.
 */
import { openDB, type DBSchema, type IDBPDatabase, type OpenDBCallbacks } from 'idb'

export type Open<S extends DBSchema> = () => Promise<IDBPDatabase<S>>

/** `upgrade` gets the old version, 0 for a new database; see idb. */
export function database<S extends DBSchema>(
  name: string,
  version: number,
  upgrade: NonNullable<OpenDBCallbacks<S>['upgrade']>,
): Open<S> {
  let handle: Promise<IDBPDatabase<S>> | null = null
  const drop = () => {
    handle = null
  }
  return () => {
    handle ??= openDB<S>(name, version, {
      upgrade,
      blocking: (_current, _blocked, event) => {
        ;(event.target as IDBDatabase).close()
        drop()
      },
      terminated: drop,
    }).catch((error: unknown) => {
      drop()
      throw error
    })
    return handle
  }
}

/**
 * Writes all of `work` or nothing of it. By itself IndexedDB keeps what was put before a value that cannot be stored, and
 * a transaction that fails is a rejection of its own that nobody awaits.
 */
export async function whole(tx: { abort(): void; done: Promise<void> }, work: () => Promise<unknown>): Promise<void> {
  const written = work().catch((error: unknown) => {
    try {
      tx.abort()
    } catch {
      // A request that failed has ended it already.
    }
    throw error
  })
  const [result, end] = await Promise.allSettled([written, tx.done])
  if (result.status === 'rejected') throw result.reason
  if (end.status === 'rejected') throw end.reason
}
