/**
 * One person, one device, several windows: one of them syncs and sends, all show the same. Who syncs is read from the
 * network, what arrived from the homeserver.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { signIn, skipWelcome } from '../support/app-page.ts'
import { evidenceAfter, launchChromium, launchFirefox, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { roomOf, TEAM } from '../support/ready-device.ts'
import { bodiesOf, logIn, sendAlert } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'
import { Windows, type AppWindow } from '../support/windows.ts'

const MANAGER = 'd.aydemir'

let crisis: Crisis
let manager: Homeserver
beforeAll(async () => {
  crisis = await startCrisis()
  manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
})
afterAll(() => crisis?.stop())

const siteA = () => new URL(crisis.deployment.describe().sites[0]!.homeserver).host
const team = () => `/rooms/${encodeURIComponent(roomOf(crisis, TEAM))}`
const say = (body: string) =>
  manager.send(roomOf(crisis, TEAM), 'm.room.message', { msgtype: 'm.text', body }, randomUUID())
/** Those of the texts that are at the site, copies and all. */
const atSite = async (...texts: string[]) =>
  (await bodiesOf(manager, roomOf(crisis, TEAM))).filter((body) => texts.includes(body))

async function write(window: AppWindow, text: string): Promise<void> {
  await window.fill('Nachricht an', text)
  await window.tap('Senden')
  await window.see(text)
}

/** What has become of it, as often as the room shows it. */
const statesOf = (window: AppWindow, text: string) =>
  window.page.$$eval(
    '[data-item]',
    (items, words) => items.filter((i) => i.textContent.includes(words)).map((i) => i.getAttribute('data-state')),
    text,
  )
const delivered = (window: AppWindow, text: string, deadline?: number) =>
  waitFor(
    `“${text}” delivered, once, in ${window.name}`,
    async () => {
      const states = await statesOf(window, text).catch(() => [])
      return states.join() === 'taken'
    },
    deadline,
  )
/** A browser ends what a page that hangs had begun to write: Chromium after two minutes. Until then nobody else can write there, ms. */
const HUNG_AMID_WRITING = 180_000

/** What the list of rooms says of the team's. */
const rowOf = (window: AppWindow) =>
  window.page.$$eval(
    'main a',
    (rows, title) => rows.find((row) => row.innerText.includes(title))?.innerText ?? '',
    TEAM,
  )

const ends = {
  'is closed': (window: AppWindow) => window.page.close(),
  // Its renderer ends as it does when the system takes the memory: nothing gets to say good-bye.
  crashes: async (window: AppWindow) => {
    const session = await window.page.createCDPSession()
    const crashed = new Promise((resolve) => window.page.once('error', resolve))
    void session.send('Page.crash').catch(() => undefined)
    await crashed
  },
}

/** Windows of a site may share a process, and would hang together: nobody could take over. */
const apart = { args: ['--disable-features=ProcessPerSiteUpToMainFrameThreshold'] }
const browsers = [
  { name: 'Chromium', launch: launchChromium, more: apart, person: 's.baumann', kinds: ['is closed', 'crashes'] },
  { name: 'Firefox', launch: launchFirefox, more: {}, person: 'k.wolter', kinds: ['is closed'] },
] as const

describe.each(browsers)('$name', ({ name, launch, more, person, kinds }) => {
  let network: FaultProxy
  let browser: TestBrowser
  let windows: Windows
  let one: AppWindow
  beforeAll(async () => {
    network = await startFaultProxy()
    browser = await launch({ proxy: network, ...more })
    windows = new Windows(browser, network, crisis.origin, say)
    one = await windows.tab('one', '/')
    await signIn(one, person, crisis.password(person))
    await skipWelcome(one)
  })
  afterAll(async () => {
    await browser?.close()
    await network?.close()
  })
  beforeEach(async (context) => {
    evidenceAfter(context, browser, name)
    await one.page.bringToFront()
    await one.go(team())
  })
  /** That one syncs, and no other. */
  const leads = async (window: AppWindow) => expect(await windows.syncingOnce(window)).toEqual([window.name])

  test('SITE-17, SITE-22: of three windows one syncs, and all show what happens in any', async () => {
    const hidden = await windows.tab('hidden', '/rooms')
    await one.page.bringToFront()
    const beside = await windows.beside('beside', team())

    // A message, and what became of it.
    const text = `Aus dem zweiten Fenster, ${name}`
    await write(beside, text)
    await delivered(beside, text)
    await delivered(one, text)
    await hidden.see(text)
    expect(await atSite(text)).toEqual([text])
    // Only now: one that wrongly syncs beside needs a moment to begin.
    await leads(one)

    // What was read.
    await one.go('/')
    await beside.go('/')
    await say(`Ungelesen, ${name}`)
    await waitFor('an unread message', async () => (await rowOf(hidden)).includes('1 ungelesen'))
    await beside.go(team())
    await waitFor('the room to be read', async () => !(await rowOf(hidden)).includes('ungelesen'))

    // An answer.
    const { id } = await sendAlert(manager, roomOf(crisis, 'Alle Beschäftigten'), { headline: `Wasser, ${name}` })
    for (const window of [one, beside]) {
      await window.go(`/alert/${id}`)
      await window.see('Verstanden')
    }
    await beside.tap('Verstanden')
    for (const window of [beside, one]) await window.see('registriert um')

    // The language.
    await one.go('/')
    await beside.go('/readiness')
    await beside.tap('English')
    for (const window of windows.all) await window.see('Rooms')
    await beside.tap('Deutsch')
    for (const window of windows.all) await window.see('Räume')
    for (const window of [hidden, beside]) await windows.end(window)
  })

  test('SITE-17, SITE-19: the lead goes to the window that is looked at, and on when that one ends', async () => {
    const front = await windows.tab('front', team())
    await leads(front)
    await one.page.bringToFront()
    await leads(one)
    await windows.end(front)

    for (const kind of kinds) {
      const other = await windows.beside(`after one that ${kind}`, team())
      await leads(one)
      // What the one has sent arrives, and it never learns so; what the other says waits behind it.
      const [first, second] = [`Bevor es ${kind}, ${name}`, `Daneben, bevor es ${kind}, ${name}`]
      network.set({ kind: 'unanswered' }, siteA())
      await write(one, first)
      await waitFor('the message at the site', async () => (await atSite(first)).length)
      await write(other, second)
      await windows.end(one, () => ends[kind](one))
      network.heal()
      for (const text of [first, second]) await delivered(other, text)
      await leads(other)
      expect(await atSite(first, second)).toEqual([first, second])
      one = other
    }
  })

  test('SITE-19, SITE-20: of two that are looked at the first leads, until it hangs', async () => {
    const beside = await windows.beside('beside', team())
    await leads(one)
    // It has said what was read, and heard it again: now it writes nothing.
    await waitFor('a pause', () => Date.now() - one.polls.at(-1)! > 2_000)
    // As long as nobody answers it, nothing of this page goes on.
    const asked = new Promise<{ accept: () => Promise<void> }>((resolve) => one.page.once('dialog', resolve))
    void one.page.evaluate(() => alert('?'))
    const dialog = await asked
    const text = `Solange das andere hängt, ${name}`
    await write(beside, text)
    await delivered(beside, text, HUNG_AMID_WRITING)
    await waitFor('the window beside to sync', () => windows.syncing() === beside)
    await dialog.accept()
    await delivered(one, text)
    await leads(beside)
    expect(await atSite(text)).toEqual([text])
    await windows.end(beside)
    await leads(one)
  })

  test('SIGN-4, SIGN-8: who signs out or in does so in every window, and each stays where it was', async () => {
    const beside = await windows.beside('beside', '/readiness')
    await beside.tap('Abmelden')
    await beside.tap('Abmelden und löschen')
    for (const window of windows.all) await window.see('Benutzername')
    await signIn(beside, person, crisis.password(person))
    await one.see(TEAM)
    await skipWelcome(beside)
    await beside.go(team())
    await leads(one)
  })
})
