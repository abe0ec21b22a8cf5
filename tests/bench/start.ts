/**
 * `start.*`: a new browser process with the profile of a device in use opens the app. From the beginning of the
 * navigation (the worker's own start is in it, the browser's is not) to the frame in which every text of the last known
 * screen stands. The processor is slowed down by the factor of the key, as far as the page's main thread goes.
 */
import type { Page } from 'puppeteer-core'
import { markComplete, textsOf } from './complete.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'
import { readyDevice } from '../support/ready-device.ts'
import type { Fault } from '../support/faults.ts'

const NETWORKS: Record<string, Fault> = {
  warm: { kind: 'ok' },
  offline: { kind: 'refuse' },
  frozen: { kind: 'blackhole' },
}
const SLOWER = [1, 4, 6]
/** For each of them, at the slowest processor, ms. */
const AIMS: Record<string, number> = { 'start.offline.complete_ms.x6': 1000, 'start.frozen.complete_ms.x6': 1000 }

async function openSlowly(page: Page, url: string, rate: number, texts: string[]): Promise<number> {
  const session = await page.createCDPSession()
  await session.send('Emulation.setCPUThrottlingRate', { rate })
  await markComplete(page, texts)
  await page.goto(url, { waitUntil: 'domcontentloaded' })
  return page.evaluate(() => window.complete)
}

export async function measureStart(world: World): Promise<Figures> {
  const { crisis, network, runs, say } = world
  const profile = world.profile()
  const phone = await world.launch(profile)
  const device = await readyDevice(crisis, phone)
  const texts = await textsOf(device.page)
  await phone.close()
  say(`${texts.length} texts on the last screen`)

  const measured = new Map<string, number[]>()
  // Round by round, so that a machine that is busy for a while is so for all of them.
  for (let run = 0; run < runs; run++)
    for (const [name, fault] of Object.entries(NETWORKS))
      for (const rate of SLOWER) {
        network.set(fault)
        const browser = await world.launch(profile)
        const key = `start.${name}.complete_ms.x${rate}`
        try {
          const ms = await openSlowly(await browser.page(), crisis.origin, rate, texts)
          measured.set(key, [...(measured.get(key) ?? []), ms])
          say(`${key}: ${Math.round(ms)}`)
        } finally {
          network.heal()
          await browser.close()
        }
      }
  return Object.fromEntries([...measured].map(([key, values]) => [key, figure(values, { unit: 'ms', aim: AIMS[key] })]))
}
