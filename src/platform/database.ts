/**
 * Opens IndexedDB so that it can always be upgraded and always be opened again: a handle closes when another window
 * brings a newer version, and a handle that the browser has closed under us is replaced. What the browser, the person or
 * a damaged disk has taken away is made anew, and told (DEVICE-2, DEVICE-3).
 */
import { deleteDB, openDB, unwrap, wrap, type DBSchema, type IDBPDatabase, type OpenDBCallbacks } from 'idb'

export type Open<S extends DBSchema> = () => Promise<IDBPDatabase<S>>

/** Who looks after the databases of this window. */
export interface Keeper {
  /** Before each opening: there is something to open at all, and the page is not on its way out. */
  ready(): Promise<void>
  /** What is to be let go of when the page leaves. */
  onLeave(run: () => void): void
  /** It was not there, or is gone: an empty one stands in its place. `again`: it had been open in this window. */
  made(name: string, again: boolean): void
  /** How a database may be deleted, which makes the next use begin with an empty one. */
  onRebuild(name: string, rebuild: () => Promise<void>): void
}

/**
 * Returns what ends all that is under way on this handle, and closes it. A page that leaves with a transaction open takes
 * with it what that holds: in WebKit for good, whoever waits for it, the next page first of all.
 */
function follow(db: IDBDatabase): () => void {
  const running = new Set<IDBTransaction>()
  const begin = db.transaction.bind(db)
  db.transaction = (...what) => {
    const tx = begin(...what)
    running.add(tx)
    for (const end of ['complete', 'abort']) tx.addEventListener(end, () => running.delete(tx))
    // What fails is told to whoever waits for it; of a read that is its request.
    wrap(tx).done.catch(() => undefined)
    return tx
  }
  return () => {
    for (const tx of running) abort(tx)
    db.close()
  }
}

function abort(tx: { abort(): void }): void {
  try {
    tx.abort()
  } catch {
    // It is being written, or a request that failed has ended it already.
  }
}

/** `upgrade` gets the old version, 0 for a new database; see idb. */
export function database<S extends DBSchema>(
  name: string,
  version: number,
  upgrade: NonNullable<OpenDBCallbacks<S>['upgrade']>,
  keeper?: Keeper,
): Open<S> {
  let handle: Promise<IDBPDatabase<S>> | null = null
  let opened = false
  /** What the page has to do when it leaves: for the handle that is open, or is being opened. */
  let leave = () => {}
  const drop = () => {
    handle = null
  }
  const callbacks: OpenDBCallbacks<S> = {
    blocking: (_current, _blocked, event) => {
      ;(event.target as IDBDatabase).close()
      drop()
    },
    terminated() {
      drop()
      // At once: whether it was emptied is to be known before anybody goes on as if nothing had happened.
      void use().catch(() => undefined)
    },
  }
  async function open(): Promise<IDBPDatabase<S>> {
    let made = false
    await keeper?.ready()
    let left = false
    let upgrading: { abort(): void } | null = null
    leave = () => {
      left = true
      if (upgrading) abort(upgrading)
    }
    const db = await openDB<S>(name, version, {
      ...callbacks,
      upgrade(...change) {
        made = change[1] === 0
        upgrading = change[3]
        return upgrade(...change)
      },
    }).catch((error: unknown) => {
      // A newer app was here and was rolled back. Its versions only add: what we know is where it was (SYNC-18).
      if (error instanceof DOMException && error.name === 'VersionError') return openDB<S>(name, undefined, callbacks)
      throw error
    })
    if (made) keeper?.made(name, opened)
    opened = true
    if (left) {
      db.close()
      return open()
    }
    const end = follow(unwrap(db))
    leave = () => {
      end()
      drop()
    }
    return db
  }
  function use(): Promise<IDBPDatabase<S>> {
    handle ??= open().catch((error: unknown) => {
      drop()
      throw error
    })
    return handle
  }
  keeper?.onLeave(() => leave())
  keeper?.onRebuild(name, async () => {
    const before = await handle?.catch(() => null)
    before?.close()
    drop()
    await deleteDB(name)
  })
  return use
}

/**
 * Writes all of `work` or nothing of it. By itself IndexedDB keeps what was put before a value that cannot be stored, and
 * a transaction that fails is a rejection of its own that nobody awaits.
 */
export async function whole(tx: { abort(): void; done: Promise<void> }, work: () => Promise<unknown>): Promise<void> {
  const written = work().catch((error: unknown) => {
    abort(tx)
    throw error
  })
  const [result, end] = await Promise.allSettled([written, tx.done])
  if (result.status === 'rejected') throw result.reason
  if (end.status === 'rejected') throw end.reason
}
