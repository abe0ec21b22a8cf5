/**
 * One person, one device, several windows: one of them syncs and sends, all show the same. Who syncs is read from the
 * network, what arrived from the homeserver.
 */
import { randomUUID } from 'node:crypto'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { closeAfter, launchChromium, launchFirefox, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { roomOf, TEAM } from '../support/ready-device.ts'
import { bodiesOf, logIn, sendAlert } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const MANAGER = 'd.aydemir'

let crisis: Crisis
let manager: Homeserver
beforeAll(async () => {
  crisis = await startCrisis()
  manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
})
afterAll(() => crisis?.stop())

/** A request that asks a homeserver for what comes next, and stays open until it does. */
const isLongPoll = (url: string) => /\/sync\?.*\btimeout=[1-9]/.test(url)

interface Window extends AppPage {
  name: string
  /** How many long polls the browser has sent for it. */
  polls: number
}

/** One device, and its windows. */
class Device {
  readonly windows: Window[] = []
  readonly #browser: TestBrowser
  readonly #network: FaultProxy
  constructor(browser: TestBrowser, network: FaultProxy) {
    this.#browser = browser
    this.#network = network
  }

  async #add(name: string, page: Page, path: string): Promise<Window> {
    const window: Window = { ...appPage(page), name, polls: 0 }
    page.on('request', (request) => {
      if (request.method() === 'GET' && isLongPoll(request.url())) window.polls += 1
    })
    await page.goto(crisis.origin + path)
    this.windows.push(window)
    return window
  }

  /** In front of the window that is in front. */
  tab = async (name: string, path: string) => this.#add(name, await this.#browser.page(), path)
  /** Beside the others, as on a second screen. */
  beside = async (name: string, path: string) =>
    this.#add(name, await this.#browser.browser.newPage({ type: 'window' }), path)

  /** Those that sync. Each message is the answer to whoever asks, and the next question follows. */
  async syncing(): Promise<string[]> {
    const before = new Map(this.windows.map((window) => [window, window.polls]))
    const since = (window: Window) => window.polls - before.get(window)!
    for (const call of ['Erster Rundruf', 'Zweiter Rundruf']) {
      const text = `${call} ${randomUUID()}`
      await say(text)
      for (const window of this.windows) await window.see(text)
      await waitFor('the next question', () => this.windows.some((w) => since(w) > 0) && this.#open().length === 1)
    }
    return this.windows.filter((window) => since(window) > 0).map(({ name }) => name)
  }
  #open = () => this.#network.waiting().filter(isLongPoll)

  /** Nothing that site A says arrives any more; what is said to it does. */
  deafen = () => this.#network.set({ kind: 'halfopen' }, siteA())
  heal = () => this.#network.heal()

  async gone(window: Window, end: () => Promise<unknown>): Promise<void> {
    this.windows.splice(this.windows.indexOf(window), 1)
    await end()
  }
}

const siteA = () => new URL(crisis.deployment.describe().sites[0]!.homeserver).host
const roomPath = () => `/rooms/${encodeURIComponent(roomOf(crisis, TEAM))}`
const say = (body: string) =>
  manager.send(roomOf(crisis, TEAM), 'm.room.message', { msgtype: 'm.text', body }, randomUUID())

/** Writes in the room, as far as the window itself shows it. */
async function write(window: Window, text: string): Promise<void> {
  await window.fill('Nachricht an', text)
  await window.tap('Senden')
  await window.see(text)
}

/** Until the room shows it as taken, once. */
async function delivered(window: Window, text: string): Promise<void> {
  await waitFor(`“${text}” delivered in ${window.name}`, async () => {
    const states = await window.page
      .$$eval(
        '[data-item]',
        (items, words) =>
          items.flatMap((item) => (item.textContent.includes(words) ? item.getAttribute('data-state') : [])),
        text,
      )
      .catch(() => [])
    return states.join() === 'taken'
  })
}

/** What the list of rooms says of the team's. */
const rowOf = (window: Window) =>
  window.page.$$eval(
    'main a',
    (rows, title) => rows.find((row) => row.innerText.includes(title))?.innerText ?? '',
    TEAM,
  )

const browsers = [
  { name: 'Chromium', launch: launchChromium, person: 's.baumann' },
  { name: 'Firefox', launch: launchFirefox, person: 'k.wolter' },
] as const

describe.each(browsers)('$name', ({ name, launch, person }) => {
  async function open(context: Parameters<typeof closeAfter>[0]): Promise<{ device: Device; one: Window }> {
    const network = await startFaultProxy()
    context.onTestFinished(() => network.close())
    const browser = await launch({ proxy: network })
    closeAfter(context, browser, name)
    const device = new Device(browser, network)
    const one = await device.tab('one', '/')
    await signIn(one, person, crisis.password(person))
    await skipWelcome(one)
    return { device, one }
  }

  test('SITE-17, SITE-22: of three windows one syncs, and all show what happens in any', async (context) => {
    const { device, one } = await open(context)
    const hidden = await device.tab('hidden', '/rooms')
    await one.page.bringToFront()
    await one.go(roomPath())
    const beside = await device.beside('beside', roomPath())

    // A message and what became of it.
    const text = `Aus dem zweiten Fenster, ${name}`
    await write(beside, text)
    await delivered(beside, text)
    await delivered(one, text)
    await hidden.see(text)
    expect(await device.syncing()).toEqual(['one'])

    // What was read.
    await one.go('/')
    await beside.go('/')
    await say(`Ungelesen, ${name}`)
    await waitFor('an unread message', async () => (await rowOf(hidden)).includes('1 ungelesen'))
    await beside.go(roomPath())
    await waitFor('the room to be read', async () => !(await rowOf(hidden)).includes('ungelesen'))

    // An answer.
    const headline = `Wasser im Keller, ${name}`
    await sendAlert(manager, roomOf(crisis, 'Alle Beschäftigten'), { headline })
    await beside.go('/')
    await one.see(headline)
    await beside.see(headline)
    await beside.tap('Verstanden')
    await beside.see('Registriert')
    await one.see('Registriert')

    // The language, who is signed in.
    await beside.go('/readiness')
    await beside.tap('English')
    for (const window of device.windows) await window.see('Rooms')
    await beside.tap('Deutsch')
    for (const window of device.windows) await window.see('Räume')
    await beside.tap('Abmelden')
    await beside.tap('Abmelden und löschen')
    for (const window of device.windows) await window.see('Benutzername')
    await signIn(one, person, crisis.password(person))
    await skipWelcome(one)
    for (const window of device.windows) await window.seeNot('Benutzername')
    await hidden.go('/rooms')
    await waitFor('the rooms', async () => (await rowOf(hidden)).includes('Ungelesen'))
    await one.go(roomPath())
    await beside.go(roomPath())
    expect(await device.syncing()).toHaveLength(1)
  })

  const ends = {
    'is closed': (window: Window) => window.page.close(),
    // Its renderer ends as it does when the system takes the memory: nothing gets to say good-bye.
    crashes: async (window: Window) => {
      const session = await window.page.createCDPSession()
      const crashed = new Promise((resolve) => window.page.once('error', resolve))
      void session.send('Page.crash').catch(() => undefined)
      await crashed
    },
  }
  const kinds = (['is closed', 'crashes'] as const).filter((kind) => kind !== 'crashes' || name === 'Chromium')

  test('SITE-17, SITE-19: the lead goes to the window that is looked at, and on when that one ends', async (context) => {
    const { device, one } = await open(context)
    await one.go(roomPath())
    for (const kind of kinds) {
      const front = await device.tab(`front ${kind}`, roomPath())
      expect(await device.syncing()).toEqual([front.name])
      await one.page.bringToFront()
      expect(await device.syncing()).toEqual(['one'])
      await front.page.bringToFront()
      expect(await device.syncing()).toEqual([front.name])

      // Its last message arrives, and it never learns so.
      const text = `Bevor es ${kind}, ${name}`
      const arrived = async () => (await bodiesOf(manager, roomOf(crisis, TEAM))).filter((body) => body === text)
      device.deafen()
      await write(front, text)
      await waitFor('the message at the site', async () => (await arrived()).length)
      await device.gone(front, () => ends[kind](front))
      device.heal()
      await one.page.bringToFront()
      await delivered(one, text)
      expect(await device.syncing()).toEqual(['one'])
      expect(await arrived()).toEqual([text])
    }
  })
})
