/** A device in use is opened while the network does its worst: what it knows stands there, on every screen. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest'
import { appPage, type AppPage } from '../support/app-page.ts'
import { closeAfter, launchChromium, launchFirefox, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import type { Fault } from '../support/faults.ts'
import { ALERT, readyDevice, roomOf, SAID, TEAM } from '../support/ready-device.ts'

let crisis: Crisis
let network: FaultProxy
beforeAll(async () => {
  crisis = await startCrisis()
  network = await startFaultProxy()
})
afterAll(async () => {
  await network?.close()
  await crisis?.stop()
})

const NETWORKS: Record<string, Fault> = {
  frozen: { kind: 'blackhole' },
  off: { kind: 'refuse' },
  'answering with pages of its own': { kind: 'bad_gateway' },
  'at one byte a second': { kind: 'slow', bytes_per_s: 1 },
}

/** What only reads still has every line that it had; on the others stands what the network has to do with, and these words. */
const screens = (): { path: string; words: string; same: boolean }[] => [
  { path: '/', words: ALERT.next_step, same: true },
  { path: '/rooms', words: SAID, same: true },
  { path: `/rooms/${encodeURIComponent(roomOf(crisis, TEAM))}`, words: SAID, same: true },
  { path: '/handbook', words: 'Räumung eines Dienstgebäudes', same: true },
  { path: '/handbook/raeumung', words: 'Sammelplatz Nord', same: true },
  { path: '/handbook/contacts', words: '030 23125 140', same: true },
  { path: '/readiness', words: 'Handbuch auf diesem Gerät', same: false },
  { path: '/connection', words: 'Letzter Austausch', same: false },
]

/** The screen once the words stand there; the time of day passes and is left out. */
async function shown(app: AppPage, path: string, words: string): Promise<string> {
  await app.go(path)
  await app.see(words)
  const text = await app.page.$eval('#main', (main) => (main as HTMLElement).innerText)
  return text.replace(/\d{1,2}:\d{2}|gerade eben|vor \d+ min/g, '…')
}

/** A device that is opened again and again, with everything that it keeps. */
function device(context: TestContext, launch: typeof launchFirefox): () => Promise<TestBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'notanker-profile-'))
  context.onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  context.onTestFinished(() => network.heal())
  return async () => {
    const browser = await launch({ profile, proxy: network })
    closeAfter(context, browser)
    return browser
  }
}

const workerReady = (app: AppPage) => app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))

for (const launch of [launchChromium, launchFirefox]) {
  test(`${launch.name}: APP-1, APP-17: what is known stands on every screen, whatever the network does at the start`, async (context) => {
    const open = device(context, launch)
    let phone = await open()
    const ready = await readyDevice(crisis, phone)
    const before = new Map<string, string>()
    for (const { path, words } of screens()) before.set(path, await shown(ready, path, words))
    await phone.close()

    for (const [name, fault] of Object.entries(NETWORKS)) {
      network.set(fault)
      phone = await open()
      const app = appPage(await phone.page(crisis.origin))
      for (const { path, words, same } of screens()) {
        const text = await shown(app, path, words)
        // A line that says what the network does may come to it.
        const lines = before.get(path)!.split('\n')
        if (same) expect(text.split('\n'), `${path}, ${name}`).toEqual(expect.arrayContaining(lines))
      }
      await phone.close()
      network.heal()
    }
  })

  test(`${launch.name}: APP-15, APP-18: a first start needs no web host; a device without its worker needs it once and has lost nothing`, async (context) => {
    const open = device(context, launch)
    let phone = await open()
    let app = appPage(await phone.page(crisis.origin))
    await app.see('Landesamt')
    await workerReady(app)
    await phone.close()
    network.set({ kind: 'blackhole' })
    phone = await open()
    app = appPage(await phone.page(crisis.origin))
    await app.see('Landesamt')
    await app.see('Anmelden')
    await phone.close()
    network.heal()

    phone = await open()
    app = await readyDevice(crisis, phone)
    await app.page.evaluate(async () => void (await (await navigator.serviceWorker.ready).unregister()))
    await phone.close()
    // The page has to be asked for, and nobody answers: no code of the app runs that could help.
    network.set({ kind: 'blackhole' })
    phone = await open()
    const silent = (await phone.page()).goto(crisis.origin).catch(() => null)
    // The web host answers again, and nothing else.
    network.set({ kind: 'ok' }, new URL(crisis.origin).host)
    app = appPage(await phone.page(crisis.origin))
    await app.see(ALERT.next_step)
    await workerReady(app)
    await phone.close()
    await silent
    network.heal(new URL(crisis.origin).host)
    phone = await open()
    app = appPage(await phone.page(crisis.origin))
    await app.see(ALERT.next_step)
  })
}
