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
