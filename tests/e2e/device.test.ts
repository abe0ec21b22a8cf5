/** The device itself in trouble, on the built app: its disk is full or emptied, its clock wrong. What was said is neither lost nor called safe. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CDPSession, Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest'
import { appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { closeAfter, evidenceAfter, launchChromium, launchFirefox, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { damageDatabases, deleteDatabase, holdDatabase, shiftClock, smallDisk } from '../support/device-trouble.ts'
import { ALERT, readyDevice, roomOf, SAID, TEAM } from '../support/ready-device.ts'
import { bodiesOf, logIn, messagesOf, sendAlert } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'

const [MANAGER, STAFF, COLLEAGUE] = ['d.aydemir', 's.baumann', 'k.wolter']
const DAY = 24 * 3600_000

let crisis: Crisis
let chromium: TestBrowser
let staff: AppPage
/** The same origin, and no app in it. */
let aside: Page
let cdp: CDPSession
let manager: Homeserver
beforeAll(async () => {
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
  chromium = await launchChromium()
  staff = await readyDevice(crisis, chromium)
  aside = await chromium.page(`${crisis.origin}/notanker.json`)
  await staff.page.bringToFront()
  cdp = await staff.page.createCDPSession()
  manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
})
afterAll(async () => {
  await chromium?.close()
  await crisis?.stop()
})

const evidence = (context: TestContext) => evidenceAfter(context, chromium)
const team = () => `/rooms/${encodeURIComponent(roomOf(crisis, TEAM))}`
const field = ({ page }: AppPage) => page.$eval('main textarea', (area) => (area as HTMLTextAreaElement).value)
const arrived = (words: string) =>
  waitFor(`“${words}” at the site`, async () => (await bodiesOf(manager, roomOf(crisis, TEAM))).includes(words))
async function say(app: AppPage, words: string) {
  await app.fill('Nachricht an', words)
  await app.tap('Senden')
}
/** Says something that stays on the device. */
async function sayOffline(app: AppPage, words: string) {
  await app.go(team())
  await app.see(SAID)
  await app.page.setOfflineMode(true)
  await say(app, words)
  await app.see('Gespeichert')
}
const alertAll = (headline: string, more: Parameters<typeof sendAlert>[2] = {}) =>
  sendAlert(manager, roomOf(crisis, 'Alle Beschäftigten'), { ...ALERT, headline, ...more })

test('DEVICE-1 a full disk: the words stay in the field, alerts come, and it goes on when there is room', async (context) => {
  evidence(context)
  await staff.go(team())
  await staff.see(SAID)
  const disk = await smallDisk(cdp, aside)
  context.onTestFinished(() => disk.free())
  await disk.fill()
  const long = `Kein Platz ${'mehr '.repeat(4000)}`.trim()
  await staff.page.$eval(
    'main textarea',
    (area, words) => {
      area.value = words
      area.dispatchEvent(new Event('input'))
    },
    long,
  )
  await staff.tap('Senden')
  await staff.see('Ihr Text steht noch im Feld. Löschen Sie Fotos')
  expect(await field(staff)).toBe(long)
  await staff.see('Der Speicher ist voll')
  await staff.go('/')
  await alertAll('Bei vollem Speicher')
  await staff.see('Bei vollem Speicher')
  await staff.go('/connection')
  await staff.see('Neues kann nicht gespeichert werden')

  await staff.go(team())
  await disk.free()
  await staff.seeNot('Der Speicher ist voll')
  await say(staff, 'Wieder Platz')
  await arrived('Wieder Platz')
})

test('DEVICE-2, DEVICE-4 a read model that is deleted under the app is synced anew, and what waits goes out', async (context) => {
  evidence(context)
  await sayOffline(staff, 'Aus dem Ausgang')
  await deleteDatabase(aside, 'notanker-projection')
  await staff.page.setOfflineMode(false)
  await arrived('Aus dem Ausgang')
  await staff.go('/')
  await staff.see(ALERT.headline)
  await staff.go(team())
  await staff.see(SAID)
})

test('DEVICE-4 what waits for somebody whose session was deleted goes out as nobody else, and when they are back', async (context) => {
  evidence(context)
  await sayOffline(staff, 'Von S. Baumann')
  await deleteDatabase(aside, 'notanker-settings')
  await staff.page.setOfflineMode(false)
  await staff.page.reload()
  await signIn(staff, COLLEAGUE, crisis.password(COLLEAGUE))
  await skipWelcome(staff)
  await staff.go('/connection')
  await staff.see('1 Eintrag einer anderen Person wartet hier')
  await staff.go(team())
  await say(staff, 'Von K. Wolter')
  await arrived('Von K. Wolter')
  expect(await bodiesOf(manager, roomOf(crisis, TEAM))).not.toContain('Von S. Baumann')

  await deleteDatabase(aside, 'notanker-settings')
  await staff.page.reload()
  await signIn(staff, STAFF, crisis.password(STAFF))
  await arrived('Von S. Baumann')
  const senders = (await messagesOf(manager, roomOf(crisis, TEAM)))
    .filter((e) => e.content['body'] === 'Von S. Baumann')
    .map((e) => e.sender.split(':')[0])
  expect(senders).toEqual([`@${STAFF}`])
  await skipWelcome(staff)
})

test('DEVICE-4 an outbox that is deleted while something waited is told as a loss until it is read', async (context) => {
  evidence(context)
  const LOST = 'Ungesendetes ist verloren gegangen'
  await sayOffline(staff, 'Geht verloren')
  await deleteDatabase(aside, 'notanker-outbox')
  await staff.see(LOST)
  await staff.page.setOfflineMode(false)
  await staff.page.reload()
  await staff.see(LOST)
  await staff.go('/connection')
  await staff.see('Der Ausgang dieses Geräts war weg, 1 Eintrag kann verloren sein.')
  await staff.tap('Verstanden')
  await staff.seeNot(LOST)
  await staff.page.reload()
  await staff.see('Alles läuft')
  expect(await staff.text()).not.toContain(LOST)
  await staff.go(team())
  await say(staff, 'Nach dem Verlust')
  await arrived('Nach dem Verlust')
  expect(await bodiesOf(manager, roomOf(crisis, TEAM))).not.toContain('Geht verloren')
})

test('DEVICE-2 everything cleared while the app is open: it asks who is there, and all of it is back', async (context) => {
  evidence(context)
  await staff.go('/')
  await staff.see(ALERT.headline)
  await cdp.send('Storage.clearDataForOrigin', { origin: crisis.origin, storageTypes: 'all' })
  await staff.see('Benutzername')
  await signIn(staff, STAFF, crisis.password(STAFF))
  await skipWelcome(staff)
  await staff.see(ALERT.headline)
})

test('DEVICE-9 a read model that another page holds is named, and all is there when it is let go', async (context) => {
  evidence(context)
  await staff.go('/')
  await staff.see(ALERT.headline)
  const letGo = await holdDatabase(aside, 'notanker-projection')
  context.onTestFinished(letGo)
  await staff.page.reload()
  await staff.tap('Der Speicher antwortet nicht')
  await staff.see('Schließen Sie die App ganz')
  await staff.see('antwortet nicht: Neues kann nicht')
  await letGo()
  await staff.seeNot('Der Speicher antwortet nicht')
  await staff.tap('Lage')
  await staff.see(ALERT.headline)
})

test('DEVICE-9 where not even the session can be read, that stands in the place of the sign-in until it can', async (context) => {
  evidence(context)
  const letGo = await holdDatabase(aside, 'notanker-settings')
  context.onTestFinished(letGo)
  await staff.page.reload()
  await staff.see('Der Speicher antwortet nicht')
  expect(await staff.text()).not.toContain('Passwort')
  await letGo()
  await staff.see(ALERT.headline)
})

test('DEVICE-6 a clock that is off by a day, before the start and while the app runs', async (context) => {
  evidence(context)
  const expires = Date.now() + 3600_000
  await alertAll('Gilt noch eine Stunde', { expires })
  await staff.go('/')
  await staff.see('Gilt noch eine Stunde')
  for (const by of [DAY, -DAY]) {
    const page = await chromium.page()
    const app = appPage(page)
    await page.evaluateOnNewDocument(shiftClock, by)
    await page.goto(crisis.origin + team())
    await app.see('Die Uhr dieses Geräts geht falsch')
    await say(app, `Uhr um ${by} verstellt`)
    await arrived(`Uhr um ${by} verstellt`)
    await app.go('/')
    await app.see('Gilt noch eine Stunde')
    await app.go('/connection')
    await app.see('geht falsch; es ist')
    await page.close()
  }
  await staff.page.bringToFront()
  await staff.seeNot('Die Uhr dieses Geräts geht falsch')
  await staff.page.evaluate(shiftClock, DAY)
  await staff.see('Die Uhr dieses Geräts geht falsch')
  await staff.see('Gilt noch eine Stunde')
  await staff.page.reload()
  await staff.seeNot('Die Uhr dieses Geräts geht falsch')
})

/** In the page: what was rejected and awaited by nobody is kept for the test. */
function keepRejections(): void {
  const kept: string[] = []
  Object.assign(window, { rejections: kept })
  window.addEventListener('unhandledrejection', ({ reason }) => kept.push(String(reason)))
}

async function firefoxOf(context: TestContext, profile: string, prefs = {}): Promise<[TestBrowser, AppPage]> {
  const firefox = await launchFirefox({ profile, prefs })
  closeAfter(context, firefox, 'firefox')
  const page = await firefox.page()
  await page.evaluateOnNewDocument(keepRejections)
  await page.goto(crisis.origin)
  return [firefox, appPage(page)]
}

test('DEVICE-3 damaged databases in Firefox: rebuilt, and none speaks for the others', async (context) => {
  const profile = mkdtempSync(join(tmpdir(), 'notanker-profile-'))
  context.onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  let [firefox, app] = await firefoxOf(context, profile)
  await signIn(app, STAFF, crisis.password(STAFF))
  await skipWelcome(app)
  await app.see(ALERT.headline)
  const damaged = async (...names: string[]) => {
    await firefox.close()
    damageDatabases(
      profile,
      names.map((name) => `notanker-${name}`),
    )
    ;[firefox, app] = await firefoxOf(context, profile)
  }

  await damaged('projection', 'outbox')
  await app.see(ALERT.headline)
  await app.go(team())
  await app.see(SAID)
  await say(app, 'Nach dem Schaden')
  await arrived('Nach dem Schaden')

  await damaged('settings')
  await signIn(app, STAFF, crisis.password(STAFF))
  await skipWelcome(app)
  await app.see(ALERT.headline)
  await app.seeNot('Der Speicher ist gestört')
})

test('DEVICE-5 where the browser keeps nothing, it works for the life of the window and says so', async (context) => {
  const profile = mkdtempSync(join(tmpdir(), 'notanker-profile-'))
  context.onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  const [, app] = await firefoxOf(context, profile, { 'network.cookie.cookieBehavior': 2 })
  await app.see('Dieses Fenster vergisst alles, wenn es geschlossen wird')
  await signIn(app, STAFF, crisis.password(STAFF))
  await skipWelcome(app)
  await app.see(ALERT.headline)
  await app.see('Dieses Fenster vergisst alles, wenn es geschlossen wird')
  await app.tap('Räume')
  await app.tap(TEAM)
  await say(app, 'Aus dem Gedächtnis')
  await arrived('Aus dem Gedächtnis')
  expect(await app.text()).not.toContain('Gespeichert')
  const rejections = () => app.page.evaluate(() => (window as unknown as { rejections: string[] }).rejections)
  expect(await rejections()).toEqual([])
})
