/** What browsers, screen readers and people who read English find: the built app, with content, on every main screen. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'puppeteer-core'
import type { RoomId } from '../../src/core/ids.ts'
import { appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { faultsOn } from '../support/axe.ts'
import { closeAfter, DESKTOP, launchChromium } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { consoleOf } from '../support/evidence.ts'
import { logIn, sendAlert } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, OTHER] = ['d.aydemir', 'j.lindhorst']
const [ALL, TEAM] = ['Alle Beschäftigten', 'Pforte und Haustechnik']
const ALERT = {
  headline: 'Stromausfall im Dienstgebäude',
  next_step: 'Bleiben Sie, wo Sie sind.',
  // Whoever writes an alert chooses its words: this one is none of the app's.
  responses: [{ key: 'ok', label: 'Bleibe hier', meaning: 'acknowledged' as const }],
}

let crisis: Crisis
beforeAll(async () => {
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
})
afterAll(() => crisis?.stop())

const roomId = (title: string): RoomId =>
  crisis.deployment.describe().rooms.find((room) => room.title === title)!.room_id

/** Every main screen with something on it that only stands there when it is loaded. */
const screens = (alert: string): [path: string, content: string][] => [
  ['/', ALERT.headline],
  [`/alert/${alert}`, ALERT.next_step],
  ['/rooms', TEAM],
  [`/rooms/${encodeURIComponent(roomId(TEAM))}`, 'gelbe Weste'],
  ['/handbook', 'Räumung eines Dienstgebäudes'],
  ['/handbook/raeumung', 'Sammelplatz Nord'],
  ['/handbook/contacts', '030 23125 140'],
  ['/readiness', 'Deniz Aydemir'],
  ['/connection', 'STACKIT Neckarsulm'],
  ['/lead', ALERT.headline],
  ['/lead/new', ALL],
  [`/lead/${alert}`, ALERT.headline],
]

async function alertFromOther(headline = ALERT.headline): Promise<string> {
  const [siteA] = crisis.deployment.describe().sites
  const other = await logIn(siteA!, OTHER, crisis.password(OTHER))
  return (await sendAlert(other, roomId(ALL), { ...ALERT, headline })).id
}

async function visit(app: AppPage, path: string, content: string): Promise<void> {
  await app.go(path)
  await app.see(content)
}

/** German texts of the app that are others in English, as whole lines of a screen; not what the agency calls its own. */
function germanLines(): Set<string> {
  const lines = new Set<string>()
  const agency = readFileSync('plan/agency.yaml', 'utf8')
  const compare = (de: unknown, en: unknown): void => {
    if (typeof de === 'string' && de !== en && !de.includes('{') && !de.includes('|') && !agency.includes(de))
      lines.add(de)
    if (typeof de !== 'object' || de === null) return
    for (const [key, value] of Object.entries(de)) compare(value, (en as Record<string, unknown>)[key])
  }
  const read = (language: string, area: string) =>
    JSON.parse(readFileSync(join('src/app/locales', language, `${area}.json`), 'utf8')) as unknown
  for (const area of ['connection', 'frame', 'handbook', 'lage', 'lead', 'readiness', 'rooms', 'sign_in'])
    compare(read('de', area), read('en', area))
  return lines
}

/** What the browser itself notes when a server says no: a room is asked about before it is joined, and may not be one's own. */
const ASKED =
  /^\S+ (status 404 \S+\/room_summary\/|console\.error Failed to load resource: the server responded with a status of 404)/
/** Ours to say: the app shows the installation itself. A page that is left ends its requests. */
const EXPECTED = /^\S+ (console\.info Banner not shown|failed \S+ net::ERR_ABORTED)/

/** Width and height of the picture at an address, as the browser reads it. */
const sizeOf = (page: Page, src: string) =>
  page.evaluate(async (address) => {
    const picture = new Image()
    picture.src = address
    await picture.decode()
    return `${picture.naturalWidth}x${picture.naturalHeight}`
  }, src)

test('APP-5: it can be installed, keeps its rules, asks nobody else, and speaks English throughout', async (context) => {
  const { origin, password } = crisis
  const browser = await launchChromium()
  closeAfter(context, browser, 'phone')
  const page = await browser.page()
  const hosts = new Set<string>()
  page.on('request', (asked) => void hosts.add(new URL(asked.url()).hostname))
  await page.goto(origin)
  const app = appPage(page)

  await waitFor('the worker', () => page.evaluate(() => navigator.serviceWorker.controller?.state === 'activated'))
  const cdp = await page.createCDPSession()
  expect(await cdp.send('Page.getInstallabilityErrors')).toEqual({ installabilityErrors: [] })
  const manifest = await cdp.send('Page.getAppManifest')
  expect(manifest.errors).toEqual([])
  const { icons } = JSON.parse(manifest.data!) as { icons: { src: string; sizes: string }[] }
  expect(icons.length).toBeGreaterThan(0)
  for (const { src, sizes } of icons) expect(await sizeOf(page, src), src).toBe(sizes)
  const { headers } = await fetch(origin)
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*require-trusted-types-for 'script'/)
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe-(inline|eval)'(?<!wasm-unsafe-eval')/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')

  await app.tap('English')
  await app.fill('User name', MANAGER)
  await app.fill('Password', password(MANAGER))
  await app.tap('Sign in')
  await app.see('Step')
  for (const later of ['Later.', 'Not now', 'Done.']) await app.tap(later)
  const alert = await alertFromOther()
  await app.see(ALERT.headline)
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
  const german = germanLines()
  for (const [path, content] of screens(alert)) {
    await visit(app, path, content)
    const lines = (await page.evaluate(() => document.body.innerText)).split('\n').map((line) => line.trim())
    expect(
      lines.filter((line) => german.has(line)),
      path,
    ).toEqual([])
  }
  expect([...hosts]).toEqual(['localhost'])
  expect(consoleOf(page).filter((line) => !ASKED.test(line) && !EXPECTED.test(line))).toEqual([])
})

test('WCAG 2.2 AA: every main screen in both sizes and colours; an alert is answered with keys alone', async (context) => {
  const { origin, password } = crisis
  const browser = await launchChromium({ viewport: DESKTOP })
  closeAfter(context, browser, 'desk')
  const app = appPage(await browser.page(origin))
  const { page } = app
  const faults: string[] = []
  async function look(screen: string): Promise<void> {
    for (const fault of await faultsOn(page)) faults.push(`${screen} ${fault}`)
  }

  await app.see('Landesamt für Rentensicherung')
  await look('sign-in')
  await signIn(app, MANAGER, password(MANAGER))
  await look('welcome')
  await skipWelcome(app)
  const alert = await alertFromOther('Wasserrohrbruch im Keller')
  await app.see('Wasserrohrbruch im Keller')
  for (const [path, content] of screens(alert)) {
    await visit(app, path, content.replace(ALERT.headline, 'Wasserrohrbruch im Keller'))
    await look(path.replace(alert, ':id'))
  }
  expect(faults).toEqual([])

  const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).innerText.trim())
  await visit(app, `/alert/${alert}`, ALERT.next_step)
  // The page begins at its heading; what stands before it is reached backwards.
  await waitFor('“Zum Inhalt” to have the focus', async () => {
    await page.keyboard.down('Shift')
    await page.keyboard.press('Tab')
    await page.keyboard.up('Shift')
    return (await focused()) === 'Zum Inhalt'
  })
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  await waitFor('“Bleibe hier” to have the focus', async () => {
    await page.keyboard.press('Tab')
    return (await focused()).includes('Bleibe hier')
  })
  await page.keyboard.press('Enter')
  await app.see('Registriert')
})
