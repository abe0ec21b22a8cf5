/** What an app has left on the device: the rows of every IndexedDB of the page's origin. */
import type { Page } from 'puppeteer-core'

/** `database/store` → keys and values, in the order of the keys. Stores without rows are left out. */
export type Rows = Record<string, { key: unknown; value: unknown }[]>

export const rowsOn = (page: Page): Promise<Rows> =>
  page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const rows: Rows = {}
    for (const { name } of await indexedDB.databases()) {
      const db = await asked(indexedDB.open(name!))
      for (const store of db.objectStoreNames) {
        const open = db.transaction(store).objectStore(store)
        const [keys, values] = await Promise.all([asked(open.getAllKeys()), asked(open.getAll())])
        if (keys.length) rows[`${name}/${store}`] = keys.map((key, i) => ({ key, value: values[i] as unknown }))
      }
      db.close()
    }
    return rows
  })

/** One of the small things that the app remembers, as it is on disk. */
export async function remembered<T>(page: Page, key: string): Promise<T> {
  const rows = (await rowsOn(page))['notanker-settings/settings'] ?? []
  return rows.find((row) => row.key === key)?.value as T
}
