/**
 * `store.year.*`: a device after a simulated year of use, opened without a network at the slowest processor. Bytes on disk
 * are what the browser says of IndexedDB, the heap is that of the page after a collection, on the complete first screen.
 */
import type { Page } from 'puppeteer-core'
import { appPage } from '../support/app-page.ts'
import { bundle } from '../support/bundle.ts'
import { readyDevice } from '../support/ready-device.ts'
import { YEAR } from '../support/year.ts'
import { markComplete, textsOf } from './complete.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'

const RATE = 6

/** Writes the year into the app's own databases, and lets the device belong to the agency that it is of. */
async function liveThrough(page: Page): Promise<void> {
  const code = await bundle('tests/bench/year-in-page.ts')
  await page.evaluate(`(async () => {
    const { liveYear } = await import(URL.createObjectURL(new Blob([${JSON.stringify(code)}], { type: 'text/javascript' })))
    await liveYear()
  })()`)
}

const databaseBytes = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const { usageDetails } = (await navigator.storage.estimate()) as { usageDetails?: { indexedDB?: number } }
    return usageDetails?.indexedDB ?? NaN
  })

async function heapBytes(page: Page): Promise<number> {
  const session = await page.createCDPSession()
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize
}

export async function measureStore(world: World): Promise<Figures> {
  const { crisis, network, runs, say } = world
  const profile = world.profile()
  let browser = await world.launch(profile)
  const { page } = await readyDevice(crisis, browser)
  // A file of the origin: the app must not hold what is written, nor its policy refuse the script.
  await page.setBypassCSP(true)
  await page.goto(new URL('/notanker.json', crisis.origin).href)
  await liveThrough(page)
  await browser.close()

  const [db, heap, complete]: [number[], number[], number[]] = [[], [], []]
  network.set({ kind: 'refuse' })
  try {
    let texts: string[] = []
    for (let run = -1; run < runs; run++) {
      browser = await world.launch(profile)
      try {
        const page = await browser.page()
        if (run < 0) {
          await page.goto(crisis.origin)
          await appPage(page).see(`Gebäude ${YEAR.alerts - 1} räumen`)
          texts = await textsOf(page)
          say(`${texts.length} texts on the first screen`)
          continue
        }
        const session = await page.createCDPSession()
        await session.send('Emulation.setCPUThrottlingRate', { rate: RATE })
        await markComplete(page, texts)
        await page.goto(crisis.origin, { waitUntil: 'domcontentloaded' })
        complete.push(await page.evaluate(() => window.complete))
        await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
        heap.push(await heapBytes(page))
        db.push(await databaseBytes(page))
        say(`${Math.round(complete.at(-1)!)} ms`)
      } finally {
        await browser.close()
      }
    }
  } finally {
    network.heal()
  }
  return {
    'store.year.db_bytes': figure(db, { unit: 'B' }),
    'store.year.heap_bytes': figure(heap, { unit: 'B' }),
    'store.year.complete_ms': figure(complete, { unit: 'ms' }),
  }
}
