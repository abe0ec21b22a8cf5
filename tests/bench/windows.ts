/** `windows.*`: two windows side by side. How long one shows what the other does not, and how long nobody syncs after a close. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'puppeteer-core'
import { readyDevice, roomOf, SAID, TEAM } from '../support/ready-device.ts'
import { logIn } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'
import { Windows } from '../support/windows.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'

const MANAGER = 'd.aydemir'
/** What issue 4 asks for, ms. */
const AIM = 1_000

/** When the words stand in the page, ms since 1970. */
const shownAt = (page: Page, words: string): Promise<number> =>
  page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (!document.body.textContent.includes(wanted)) return
          observer.disconnect()
          resolve(Date.now())
        }
        const observer = new MutationObserver(look)
        observer.observe(document, { subtree: true, childList: true, characterData: true })
        look()
      }),
    words,
  )

export async function measureWindows(world: World): Promise<Figures> {
  const { crisis, network } = world
  const room = roomOf(crisis, TEAM)
  const path = `/rooms/${encodeURIComponent(room)}`
  const manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
  const say = (body: string) => manager.send(room, 'm.room.message', { msgtype: 'm.text', body }, randomUUID())
  const browser = await world.launch()
  try {
    const first = await readyDevice(crisis, browser)
    const windows = new Windows(browser, network, crisis.origin, say)
    let leading = await windows.tab('0', path)
    await first.page.close()
    const [shown, handover]: [number[], number[]] = [[], []]
    for (let run = 1; run <= world.runs; run++) {
      const next = await windows.beside(`${run}`, path)
      await next.see(SAID)
      await waitFor('the first window to sync', () => windows.syncing() === leading)
      const text = `Meldung ${run} für zwei Fenster`
      const times = Promise.all([leading, next].map(({ page }) => shownAt(page, text)))
      await say(text)
      const [here, there] = (await times) as [number, number]
      shown.push(Math.abs(there - here))
      const closed = Date.now()
      await windows.end(leading)
      await waitFor('the second window to sync', () => windows.syncing() === next)
      handover.push(next.polls[0]! - closed)
      world.say(`${shown.at(-1)} ms, ${handover.at(-1)} ms`)
      leading = next
    }
    return {
      'windows.shown_ms': figure(shown, { unit: 'ms', aim: AIM }),
      'windows.handover_ms': figure(handover, { unit: 'ms' }),
    }
  } finally {
    await browser.close()
  }
}
