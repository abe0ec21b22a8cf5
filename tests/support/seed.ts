/** Puts an agency and a signed-in person onto a device, as a sync would have left them: for tests that need no server. */
import type { Page } from 'puppeteer-core'
import type { AlertRevision } from '../../src/core/alert.ts'
import type { Session } from '../../src/core/ports.ts'
import type { RoomRecord } from '../../src/core/room.ts'

export interface Seed {
  session: Session
  records: readonly RoomRecord[]
  /** Alerts that the worker has put by. */
  pushed?: readonly AlertRevision[]
}

/** For a page of the app that has been open, so that its databases are there; a reload shows it. */
export async function seed(page: Page, { session, records, pushed = [] }: Seed): Promise<void> {
  const now = Date.now()
  const rows = [
    { db: 'notanker-settings', store: 'settings', key: 'session', value: session },
    { db: 'notanker-settings', store: 'settings', key: 'welcome', value: false },
    { db: 'notanker-settings', store: 'settings', key: 'seen_switch', value: now },
    { db: 'notanker-projection', store: 'meta', key: 'synced_at', value: now },
    ...records.flatMap((r) => r.timeline).map((value) => ({ db: 'notanker-projection', store: 'timeline', value })),
    ...records
      .flatMap((r) => [...r.state.values()])
      .map((value) => ({ db: 'notanker-projection', store: 'state', value })),
    ...pushed.map((revision) => ({
      db: 'notanker-inbox',
      store: 'rows',
      key: `alert/${revision.content.id}/${revision.content.rev}`,
      value: { revision, received_at: now },
    })),
  ]
  await page.evaluate(async (all) => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    for (const { db, store, value, ...rest } of all) {
      const open = await asked(indexedDB.open(db))
      const key = 'key' in rest ? [rest.key] : []
      await asked(
        open
          .transaction(store, 'readwrite')
          .objectStore(store)
          .put(value, ...key),
      )
      open.close()
    }
  }, rows)
}
