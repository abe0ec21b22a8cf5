/** `outbox.drain20_ms`: 20 messages were written without a network; from its return to the moment all are taken. */
import type { Page } from 'puppeteer-core'
import { readyDevice, roomOf, TEAM } from '../support/ready-device.ts'
import { waitFor } from '../support/wait.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'

const ITEMS = 20
const WAITING = '[data-item]:not([data-state=taken])'

/** When the last of what stands in the room was taken, ms since 1970. */
const allTaken = (page: Page): Promise<number> =>
  page.evaluate(
    (waiting) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelector(waiting)) return
          observer.disconnect()
          resolve(Date.now())
        }
        const observer = new MutationObserver(look)
        observer.observe(document, { subtree: true, childList: true, attributeFilter: ['data-state'] })
      }),
    WAITING,
  )

export async function measureOutbox(world: World): Promise<Figures> {
  const { crisis, network, say } = world
  const browser = await world.launch()
  try {
    const app = await readyDevice(crisis, browser)
    await app.go(`/rooms/${encodeURIComponent(roomOf(crisis, TEAM))}`)
    const values: number[] = []
    for (let run = 0; run < world.runs; run++) {
      network.set({ kind: 'refuse' })
      await app.see('Kein Netz')
      for (let item = 1; item <= ITEMS; item++) {
        await app.fill('Nachricht an', `Runde ${run}, Meldung ${item}`)
        await app.tap('Senden')
        await app.see(`Runde ${run}, Meldung ${item}`)
      }
      await waitFor(`${ITEMS} messages that wait`, async () => (await app.page.$$(WAITING)).length === ITEMS)
      const taken = allTaken(app.page)
      const back = Date.now()
      network.heal()
      values.push((await taken) - back)
      say(`${Math.round(values.at(-1)!)} ms`)
      await app.seeNot('Kein Netz')
    }
    return { 'outbox.drain20_ms': figure(values, { unit: 'ms' }) }
  } finally {
    network.heal()
    await browser.close()
  }
}
