/** The phone of somebody whose every server is gone: it opens, it shows, it takes what is said, and loses none of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RoomId } from '../../src/core/ids.ts'
import { appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { closeAfter, launchChromium, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { bodiesOf, logIn, sendAlert, talliedOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, STAFF] = ['d.aydemir', 's.baumann']
const HEADLINE = 'Stromausfall im Dienstgebäude'
const STEP = 'Bleiben Sie, wo Sie sind.'
const TEAM = 'Pforte und Haustechnik'
const [BEFORE, OFFLINE] = ['Vor dem Ausfall', 'Ohne Netz geschrieben']

let crisis: Crisis
beforeAll(async () => {
  crisis = await startCrisis()
})
afterAll(() => crisis?.stop())

const roomId = (title: string): RoomId =>
  crisis.deployment.describe().rooms.find((room) => room.title === title)!.room_id

/** The lines of the screen at `path` once the words stand there; the time of day passes and is left out. */
async function shown(app: AppPage, path: string, words: string): Promise<string[]> {
  await app.go(path)
  await app.see(words)
  const text = await app.page.$eval('#main', (main) => (main as HTMLElement).innerText)
  return text
    .replace(/\d{1,2}:\d{2}|gerade eben|vor \d+ min/g, '…')
    .split('\n')
    .filter((line) => line.trim())
}

const screens = (): [path: string, words: string][] => [
  ['/', STEP],
  ['/rooms', BEFORE],
  [`/rooms/${encodeURIComponent(roomId(TEAM))}`, BEFORE],
  ['/handbook', 'Räumung eines Dienstgebäudes'],
  ['/handbook/raeumung', 'Sammelplatz Nord'],
  ['/handbook/contacts', '030 23125 140'],
]

async function open(browser: TestBrowser): Promise<AppPage> {
  return appPage(await browser.page(crisis.origin))
}

test('OUT-1, OUT-12, APP-1, APP-3: every screen and every word outlive all servers and the browser itself', async (context) => {
  const { password } = crisis
  const profile = mkdtempSync(join(tmpdir(), 'notanker-profile-'))
  context.onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  const launch = async () => {
    const browser = await launchChromium({ profile })
    closeAfter(context, browser, 'phone')
    return browser
  }
  let phone = await launch()
  let staff = await open(phone)
  await signIn(staff, STAFF, password(STAFF))
  await skipWelcome(staff)
  const [siteA] = crisis.deployment.describe().sites
  const manager = await logIn(siteA!, MANAGER, password(MANAGER))
  const alert = await sendAlert(manager, roomId('Alle Beschäftigten'), { headline: HEADLINE, next_step: STEP })
  await staff.see(HEADLINE)
  await staff.go('/readiness')
  await staff.see('Handbuch auf diesem Gerät')
  await staff.see('An beiden Standorten angemeldet')
  await staff.go(`/rooms/${encodeURIComponent(roomId(TEAM))}`)
  await staff.fill('Nachricht an', BEFORE)
  await staff.tap('Senden')
  await staff.see(BEFORE)
  await waitFor('the message at the site', async () => (await bodiesOf(manager, roomId(TEAM))).includes(BEFORE))
  const before = new Map<string, string[]>()
  for (const [path, words] of screens()) before.set(path, await shown(staff, path, words))

  // Everything dies, the web host too, and the browser is killed. The app opens and is what it was.
  await crisis.stopServers()
  await phone.kill()
  phone = await launch()
  staff = await open(phone)
  for (const [path, words] of screens().filter(([at]) => at !== '/')) {
    const now = await shown(staff, path, words)
    // Where one writes, a line says that it waits for a network; nothing else differs.
    expect(
      now.filter((line) => !line.startsWith('Kein Netz.')),
      path,
    ).toEqual(before.get(path))
  }
  await staff.go('/')
  await staff.see('Kein Netz')
  await staff.see(HEADLINE)
  await staff.see(STEP)

  // What is said now waits, and says so; also when the browser is killed a second time.
  await staff.tap('Verstanden')
  await staff.see('Wird gesendet, sobald wieder eine Verbindung da ist.')
  await staff.go(`/rooms/${encodeURIComponent(roomId(TEAM))}`)
  await staff.fill('Nachricht an', OFFLINE)
  await staff.tap('Senden')
  await staff.see('Gespeichert, wartet auf Verbindung')
  await staff.see('2 Einträge warten')
  await phone.kill()
  phone = await launch()
  staff = await open(phone)
  await staff.see('2 Einträge warten')
  await staff.see('Wird gesendet, sobald wieder eine Verbindung da ist.')
  await phone.kill()

  // The servers come back. Everything arrives, once, at both sites.
  await crisis.startServers()
  phone = await launch()
  staff = await open(phone)
  await staff.see('Registriert')
  await staff.go('/connection')
  await staff.see('Alles gesendet')
  for (const site of crisis.deployment.describe().sites) {
    const account = await logIn(site, MANAGER, password(MANAGER))
    const tallied = () => talliedOf(account, roomId('Lagebild'), alert.id)
    await waitFor(`the answer at ${site.id}`, async () => (await tallied()).length)
    // Two relays may both have taken it while they started; it counts once (ANSWER-3).
    expect(new Set(await tallied()), site.id).toEqual(new Set([`${STAFF} ok`]))
    const ours = async () => (await bodiesOf(account, roomId(TEAM))).filter((body) => [BEFORE, OFFLINE].includes(body))
    await waitFor(`the message at ${site.id}`, async () => (await ours()).includes(OFFLINE))
    expect(await ours(), site.id).toEqual([BEFORE, OFFLINE])
  }
  await staff.go(`/rooms/${encodeURIComponent(roomId(TEAM))}`)
  await staff.see(OFFLINE)
  expect((await staff.text()).split(OFFLINE)).toHaveLength(2)
})
