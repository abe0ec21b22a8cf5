/** What can happen to a device, done to a real browser. */
import { DatabaseSync } from 'node:sqlite'
import { globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CDPSession, Page } from 'puppeteer-core'

const FILLER = 'filler'

export interface Disk {
  /** Takes everything that is left. */
  fill(): Promise<void>
  /** Gives it back. */
  free(): Promise<void>
}

/** A disk with little left for the page's origin. */
export async function smallDisk(cdp: CDPSession, page: Page): Promise<Disk> {
  const { origin } = new URL(page.url())
  const { usage } = await cdp.send('Storage.getUsageAndQuota', { origin })
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 4 * 1024 * 1024 })
  return {
    fill: () =>
      page.evaluate(async (name) => {
        const opened = indexedDB.open(name)
        await new Promise((resolve) => {
          opened.onupgradeneeded = () => opened.result.createObjectStore('bytes', { autoIncrement: true })
          opened.onsuccess = resolve
        })
        const put = (size: number) =>
          new Promise<boolean>((resolve) => {
            const tx = opened.result.transaction('bytes', 'readwrite', { durability: 'strict' })
            tx.objectStore('bytes').put(crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536))))
            for (let more = size - 65_536; more > 0; more -= 65_536)
              tx.objectStore('bytes').put(crypto.getRandomValues(new Uint8Array(65_536)))
            tx.oncomplete = () => resolve(true)
            tx.onabort = () => resolve(false)
          })
        for (let size = 2 ** 20; size >= 1; size /= 2) while (await put(size));
        opened.result.close()
      }, FILLER),
    free: async () => {
      await cdp.send('Storage.overrideQuotaForOrigin', { origin })
      await page.evaluate((name) => void indexedDB.deleteDatabase(name), FILLER)
    },
  }
}

/** As by the browser's own "clear site data" of one database. `page` is of the origin. */
export const deleteDatabase = (page: Page, name: string): Promise<void> =>
  page.evaluate(
    (database) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(database)
        request.onsuccess = () => resolve()
        request.onerror = () => reject(request.error)
      }),
    name,
  )

/** As a page that the browser does not let go of: nobody else gets at the database until what is returned is called. */
export async function holdDatabase(page: Page, name: string): Promise<() => Promise<void>> {
  await page.evaluate(async (database) => {
    Reflect.deleteProperty(window, 'letGo')
    const opened = indexedDB.open(database)
    await new Promise((resolve) => (opened.onsuccess = resolve))
    const stores = [...opened.result.objectStoreNames]
    const tx = opened.result.transaction(stores, 'readwrite')
    const ask = () => {
      const asked = tx.objectStore(stores[0]!).count()
      asked.onsuccess = () => (Object.hasOwn(window, 'letGo') ? opened.result.close() : ask())
      return asked
    }
    const first = ask()
    await new Promise((resolve) => first.addEventListener('success', resolve))
  }, name)
  return () => page.evaluate(() => void Object.assign(window, { letGo: true }))
}

/** In the page: the clock of the device is off by so many ms from now on. */
export function shiftClock(by: number): void {
  const Real = Date
  globalThis.Date = class extends Real {
    constructor(...parts: [] | [number]) {
      if (parts.length) super(...parts)
      else super(Real.now() + by)
    }
    static override now = () => Real.now() + by
  } as DateConstructor
}

function nameIn(file: string): string {
  const db = new DatabaseSync(file, { readOnly: true })
  const { name } = db.prepare('SELECT name FROM database').get() as { name: string }
  db.close()
  return name
}

/** Overwrites the files of databases in the profile of a Firefox that does not run. */
export function damageDatabases(profile: string, names: readonly string[]): void {
  const damaged = globSync(join(profile, 'storage/default/*/idb/*.sqlite')).filter((file) =>
    names.includes(nameIn(file)),
  )
  if (damaged.length !== names.length) throw new Error(`${damaged.length} files of ${names.join()} in ${profile}`)
  for (const file of damaged) {
    writeFileSync(file, 'This was a database once. '.repeat(1000))
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  }
}
