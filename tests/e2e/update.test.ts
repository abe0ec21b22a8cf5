/** New versions of the app on real builds, in real browsers, with the real worker and the real web host. Rules UPDATE-*. */
import { afterAll, beforeAll, beforeEach, expect, test, type TestContext } from 'vitest'
import type { Page } from 'puppeteer-core'
import { appPage, type AppPage } from '../support/app-page.ts'
import { closeAfter, launchChromium, launchFirefox, type TestBrowser } from '../support/browsers.ts'
import { seed } from '../support/seed.ts'
import { startVersionHost, type Fault, type VersionHost } from '../support/versions.ts'
import { waitFor } from '../support/wait.ts'
import { ALL, deploymentOf } from '../fakes/agency.ts'
import { sampleAlert, sampleRecords, sessionOf, TEAM } from '../fakes/sample.ts'

const TAKE = 'Jetzt neu starten'
const ROOM = `/rooms/${encodeURIComponent(TEAM!)}`
const [OLD, NEW] = ['0.1.0', '0.2.0']

let host: VersionHost
beforeAll(async () => {
  host = await startVersionHost([OLD, NEW], (origin) => ({ ...deploymentOf(), app: origin }))
})
afterAll(() => host?.close())
beforeEach(() => {
  host.serve(OLD)
  host.faults.clear()
  host.hit.clear()
})

/** The version whose scripts this window runs; null while it runs none. */
const running = (page: Page): Promise<string | null> =>
  page
    .evaluate(() => {
      const loaded = performance.getEntriesByType('resource').map((entry) => entry.name)
      return loaded.map((name) => /-(\d\.\d\.\d)\.js$/.exec(name)?.[1]).find((version) => version) ?? null
    })
    .catch(() => null)
const runs = (page: Page, version: string) =>
  waitFor(`version ${version}`, async () => (await running(page)) === version)

/** Which of the files that the host's version lists are not on the device; null while there is no worker. */
const missing = (page: Page): Promise<string[] | null> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    if (!registration?.active) return null
    const script = await (await fetch('/sw.js')).text()
    const listed = [...script.matchAll(/\burl["'`]?:\s*["'`]([^"'`]+)["'`]/g)].map(([, url]) => url!)
    const found = await Promise.all(listed.map((url) => caches.match(`/${url}`, { ignoreSearch: true })))
    return listed.filter((_, index) => !found[index])
  })
/** The browser drops some of the app's files. */
const lose = (page: Page) =>
  page.evaluate(async () => {
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys())
        if (/matrix-|index\.html|badge/.test(url)) await (await caches.open(name)).delete(url)
  })
const states = (page: Page) =>
  page.evaluate(async () => {
    const found = await navigator.serviceWorker.getRegistration()
    return { active: Boolean(found?.active), waits: Boolean(found?.waiting), installs: Boolean(found?.installing) }
  })

/** What stands in the field; nothing before there is one. */
const draftIn = (page: Page) => page.evaluate(() => document.querySelector('textarea')?.value)

/** The network is said to be back, upon which the app looks for a new version. */
const look = (page: Page) => page.evaluate(() => void window.dispatchEvent(new Event('online')))

async function installed(page: Page): Promise<void> {
  await waitFor('an installed app', () => page.evaluate(() => navigator.serviceWorker.controller !== null))
}

async function open(browser: TestBrowser, path = '/'): Promise<AppPage> {
  return appPage(await browser.page(host.origin + path))
}

/** A device on which the old version is installed and Anna is signed in. */
async function start(context: TestContext, launch: typeof launchChromium, { alert = false } = {}) {
  const browser = await launch()
  closeAfter(context, browser)
  const app = await open(browser)
  await installed(app.page)
  const at = Date.now() - 60_000
  const content = sampleAlert({ effective: at })
  const revision = { content, event_id: '$alert', room_id: ALL, sender: '@chief:a.example', at } as const
  await seed(app.page, { session: sessionOf('anna'), records: sampleRecords(), pushed: alert ? [revision] : [] })
  await app.page.reload()
  await app.see(alert ? content.headline : 'Alles ruhig')
  await runs(app.page, OLD)
  return { browser, app }
}

/** Not by `tap`, which looks at the page once more: it is loaded anew under its hands. */
async function take(app: AppPage): Promise<void> {
  await app.see(TAKE)
  await app.page.evaluate((words) => {
    for (const button of document.querySelectorAll('button')) if (button.innerText.includes(words)) button.click()
  }, TAKE)
}

async function offered(app: AppPage, version = NEW): Promise<void> {
  host.serve(version)
  await look(app.page)
  await app.see(TAKE)
}

for (const launch of [launchChromium, launchFirefox]) {
  test(`APP-14, UPDATE-1, UPDATE-2, UPDATE-10 ${launch.name}: the first update is offered under somebody who writes, and taken on their word`, async (context) => {
    const { app } = await start(context, launch)
    await app.go(ROOM)
    await app.fill('Nachricht an', 'Noch nicht gesendet')
    await app.page.evaluate(() => Object.assign(window, { same: true }))
    await offered(app)
    await look(app.page)
    expect(await app.page.evaluate(() => 'same' in window), 'nothing was loaded anew').toBe(true)
    expect(await app.page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
    await runs(app.page, OLD)
    // The host is gone by the time that somebody takes it.
    host.faults.set('/', 'gone')
    await take(app)
    await runs(app.page, NEW)
    expect(await waitFor('the text', () => draftIn(app.page))).toBe('Noch nicht gesendet')
    await app.seeNot(TAKE)
  })

  test(`APP-14 ${launch.name}: while an alert waits for an answer nothing is offered and nothing reloads`, async (context) => {
    const { app } = await start(context, launch, { alert: true })
    await app.page.evaluate(() => Object.assign(window, { same: true }))
    host.serve(NEW)
    await look(app.page)
    await waitFor('the new version', async () => (await states(app.page)).waits)
    expect(await app.text()).not.toContain(TAKE)
    await app.tap('Bin in Sicherheit')
    await app.see(TAKE)
    expect(await app.page.evaluate(() => 'same' in window)).toBe(true)
    await take(app)
    await runs(app.page, NEW)
  })

  test(`UPDATE-4, UPDATE-5 ${launch.name}: when one window takes it, the other goes on with its own files and keeps its text`, async (context) => {
    const { browser, app: first } = await start(context, launch)
    const second = await open(browser, '/rooms')
    await second.tap('Referat 34')
    await second.fill('Nachricht an', 'Angefangen')
    await second.page.evaluate(() => Object.assign(window, { same: true }))
    await first.page.bringToFront()
    await offered(first)
    await take(first)
    await runs(first.page, NEW)
    expect(await second.page.evaluate(() => 'same' in window), 'the other one was not loaded anew').toBe(true)
    // The old files are no longer at the host: it must have them on the device to open another screen.
    await second.page.bringToFront()
    await second.page.goBack()
    await second.tap('Handbuch')
    await second.see('Räumung eines Dienstgebäudes')
    expect(await running(second.page)).toBe(OLD)
    expect(await second.page.evaluate(() => 'same' in window)).toBe(true)
    await second.see(TAKE)
    await take(second)
    await runs(second.page, NEW)
    await second.go(ROOM)
    expect(await waitFor('the text', () => draftIn(second.page))).toBe('Angefangen')
  })

  test(`UPDATE-1 ${launch.name}: a version that nobody took is taken at the next start, when no window was left`, async (context) => {
    const { browser, app } = await start(context, launch)
    await offered(app)
    const place = await browser.page('about:blank')
    await app.page.close()
    host.faults.set('/', 'gone')
    await place.bringToFront()
    await waitFor('the new version at a start', async () => {
      const later = await open(browser)
      await later.see('Alles ruhig')
      const found = await running(later.page)
      await later.page.close()
      return found === NEW
    })
  })

  for (const fault of ['cut', 'portal', 'bad gateway', 'missing'] as const satisfies Fault[])
    test(`UPDATE-3 ${launch.name}: an update whose download is ${fault} leaves the old version whole; the next attempt repairs it`, async (context) => {
      const { app } = await start(context, launch)
      host.serve(NEW)
      let before = ''
      for (const part of ['/assets/matrix-', '/index.html']) {
        // The browser looks for new versions by itself, too: no attempt of its own may span the change of the fault.
        host.faults.set('/', 'gone')
        await waitFor('no attempt', async () => !(await states(app.page)).installs)
        host.hit.clear()
        host.faults.delete(before)
        host.faults.set(part, fault)
        host.faults.delete('/')
        before = part
        await look(app.page)
        await waitFor(`${fault} of ${part}`, () => [...host.hit].some((path) => path.startsWith(part)))
        await waitFor('the end of the attempt', async () => !(await states(app.page)).installs)
        expect((await states(app.page)).waits).toBe(false)
        await app.go('/handbook')
        await app.see('Räumung eines Dienstgebäudes')
        expect(await running(app.page)).toBe(OLD)
      }
      host.faults.clear()
      await offered(app)
      await take(app)
      await runs(app.page, NEW)
      await waitFor('a whole version', async () => (await missing(app.page))?.length === 0)
    })

  test(`UPDATE-3 ${launch.name}: a first installation that broke off is none, and goes on at the next start`, async (context) => {
    const browser = await launch()
    closeAfter(context, browser)
    for (const fault of ['cut', 'portal'] as const) {
      host.faults.set('/assets/matrix-', fault)
      host.hit.clear()
      const app = await open(browser)
      await waitFor(fault, () => host.hit.size)
      await waitFor('the end of the attempt', async () => !(await states(app.page)).installs)
      expect(await states(app.page)).toMatchObject({ active: false, waits: false })
      await app.page.close()
    }
    host.faults.clear()
    const app = await open(browser)
    await installed(app.page)
    expect(await missing(app.page)).toEqual([])
  })

  test(`UPDATE-6 ${launch.name}: a file that got lost is fetched again at the next start`, async (context) => {
    const { app } = await start(context, launch)
    await lose(app.page)
    expect((await missing(app.page))?.length).toBeGreaterThan(2)
    await app.page.reload()
    await waitFor('a whole version', async () => (await missing(app.page))?.length === 0)
  })

  // On a device of its own: page and worker both fetch what is lost, and the slower one may be under way yet.
  test(`UPDATE-6 ${launch.name}: what a portal says does not take the place of a file that got lost`, async (context) => {
    const { app } = await start(context, launch)
    await lose(app.page)
    host.faults.set('/assets/matrix-', 'portal')
    await app.page.reload()
    await app.see('Alles ruhig')
    await waitFor(
      'the portal, and the other files',
      async () => host.hit.size && (await missing(app.page))?.length === 1,
    )
    expect(await missing(app.page)).toEqual([expect.stringContaining('matrix-')])
  })

  test(`UPDATE-7 ${launch.name}: a host that goes back to the version before is followed like any other update`, async (context) => {
    const { app } = await start(context, launch)
    for (const version of [NEW, OLD]) {
      await offered(app, version)
      await take(app)
      await runs(app.page, version)
      await app.seeNot(TAKE)
    }
    await waitFor('a whole version', async () => (await missing(app.page))?.length === 0)
    // Only one window, and it has started: the other version's files are gone.
    const others = () =>
      app.page.evaluate(async (other) => {
        const caches_ = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
        return caches_.flat().filter(({ url }) => url.includes(`-${other}.js`)).length
      }, NEW)
    await waitFor('the end of the other files', async () => (await others()) === 0)
  })
}
