/** An account that a site has locked, whose session it has ended, or that is gone there: the app goes on where it may, says so, and loses nothing. */
import { afterAll, beforeAll, beforeEach, expect, test, type TestContext } from 'vitest'
import { siteById } from '../../src/core/deployment.ts'
import type { Session } from '../../src/core/ports.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import type { DemoFile } from '../../src/stack/demo-file.ts'
import { appPage, signIn, type AppPage } from '../support/app-page.ts'
import { closeAfter, evidenceAfter, launchChromium, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { ALERT, readyDevice, roomOf, SAID, TEAM } from '../support/ready-device.ts'
import { bodiesOf, botOf, logIn, messagesOf, sendAlert } from '../support/rest.ts'
import { remembered } from '../support/storage.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, STAFF, COLLEAGUE] = ['d.aydemir', 's.baumann', 'k.wolter']
const BOTH = 'An beiden Standorten angemeldet'
type Site = DemoFile['sites'][number] & { name: string }

let crisis: Crisis
let chromium: TestBrowser
let staff: AppPage
let [siteA, siteB]: Site[] = []
/** Somebody else, at each site. */
let readers: Homeserver[]
beforeAll(async () => {
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
  const { deployment, describe } = crisis.deployment
  ;[siteA, siteB] = describe().sites.map((site) => ({ ...site, name: siteById(deployment, site.id)!.name }))
  chromium = await launchChromium()
  staff = await readyDevice(crisis, chromium)
  readers = await Promise.all([siteA!, siteB!].map((site) => logIn(site, MANAGER, crisis.password(MANAGER))))
})
afterAll(async () => {
  await chromium?.close()
  await crisis?.stop()
})
beforeEach((context: TestContext) => evidenceAfter(context, chromium))

const userAt = (site: Site, person = STAFF) => `@${person}:${site.server_name}`
const adminPath = (site: Site, person?: string) =>
  `/_synapse/admin/v2/users/${encodeURIComponent(userAt(site, person))}`
const account = async (site: Site, body: object, person?: string) =>
  (await botOf(crisis.deployment.dir, site)).call('PUT', adminPath(site, person), { body })
const lock = (site: Site, locked: boolean, person?: string) => account(site, { locked }, person)
/** As an administrator does who ends a lost phone's session. */
async function endSession(site: Site): Promise<void> {
  const { accounts } = await remembered<Session>(staff.page, 'session')
  const { device } = accounts.find((each) => each.site === site.id)!
  await (
    await botOf(crisis.deployment.dir, site)
  ).call('DELETE', `${adminPath(site)}/devices/${encodeURIComponent(device)}`)
}

const team = () => roomOf(crisis, TEAM)
/** Without a start of the app, which would ask every site at once. */
async function openTeam(): Promise<void> {
  await staff.tap('Räume')
  await staff.tap(TEAM)
  await staff.see(SAID)
}
async function say(words: string): Promise<void> {
  await staff.fill('Nachricht an', words)
  await staff.tap('Senden')
  await staff.see(words)
}
const times = async (reader: Homeserver, words: string) =>
  (await bodiesOf(reader, team())).filter((body) => body === words).length
async function arrivedOnce(...said: string[]): Promise<void> {
  for (const words of said)
    for (const [i, reader] of readers.entries()) {
      await waitFor(`“${words}” at site ${i}`, () => times(reader, words))
      expect(await times(reader, words), words).toBe(1)
    }
}
/** Both sites have passed on what was said later by somebody else, and know nothing of it. */
async function arrivedNowhere(words: string): Promise<void> {
  const later = `Nach: ${words}`
  await readers[0]!.send(team(), 'm.room.message', { msgtype: 'm.text', body: later }, later)
  await arrivedOnce(later)
  for (const reader of readers) expect(await times(reader, words)).toBe(0)
}
async function stillWaits(words: string): Promise<void> {
  await staff.go('/connection')
  await staff.see(`${words} ${TEAM} Gespeichert, wartet auf Ihre Anmeldung`)
}
const senderOf = async (words: string) =>
  (await messagesOf(readers[0]!, team())).find((event) => event.content['body'] === words)?.sender
async function signInAgain(site: Site): Promise<void> {
  await staff.see(`Die Anmeldung bei ${site.name} ist abgelaufen`)
  await staff.tap('Jetzt anmelden')
  await staff.fill('Passwort', crisis.password(STAFF))
  await staff.tap('Anmelden')
}

test('DEVICE-7, READY-3, OUT-10 locked at the active site, noticed by itself: the other one takes everything; locked at both, it waits; unlocked, it goes', async () => {
  const [viaB, waits] = ['Trotz Sperre: Hof ist frei', 'Bei Sperre an beiden: Tor 1 offen']
  const headline = 'Wasser abgestellt'
  await lock(siteA!, true)
  await sendAlert(readers[0]!, roomOf(crisis, 'Alle Beschäftigten'), { ...ALERT, headline })
  await staff.see(headline)
  await staff.see(`Ausweichstandort ${siteB!.name}`)
  await openTeam()
  await say(viaB)
  await arrivedOnce(viaB)
  expect(await senderOf(viaB)).toBe(userAt(siteB!))
  await staff.go('/readiness')
  await staff.see(`Ihr Konto ist bei ${siteA!.name} gesperrt`)
  expect(await staff.text()).not.toContain('Jetzt anmelden')
  await staff.go('/connection')
  await staff.see('Konto gesperrt')
  await staff.see('Fragen Sie Ihre IT.')

  await staff.go(`/rooms/${encodeURIComponent(team())}`)
  await staff.see(SAID)
  await lock(siteB!, true)
  await say(waits)
  await staff.see('Ihr Konto ist gesperrt')
  await arrivedNowhere(waits)
  await staff.page.reload()
  await staff.see('Ihr Konto ist gesperrt')
  for (const words of [SAID, viaB, waits]) await staff.see(words)
  await stillWaits(waits)
  await staff.go('/')
  await staff.see(headline)

  await lock(siteA!, false)
  await lock(siteB!, false)
  await staff.go('/connection')
  await staff.tap('Verbindung prüfen')
  await arrivedOnce(viaB, waits)
  await staff.see('Alles gesendet')
  await staff.go('/readiness')
  await staff.see(BOTH)
})

test('DEVICE-7, SIGN-3 a session ended at the standby, then at both: what is said waits, and goes when somebody signs in again', async () => {
  const [viaA, waits] = ['Ohne Ausweich: Licht geht', 'Ohne Sitzung: Licht ist aus']
  await endSession(siteB!)
  await staff.go('/readiness')
  await staff.see(`Die Anmeldung bei ${siteB!.name} ist abgelaufen`)
  await openTeam()
  await say(viaA)
  await arrivedOnce(viaA)
  expect(await senderOf(viaA)).toBe(userAt(siteA!))

  await endSession(siteA!)
  await say(waits)
  await staff.see('Anmeldung abgelaufen')
  await arrivedNowhere(waits)
  await stillWaits(waits)
  await staff.go('/readiness')
  await signInAgain(siteA!)
  await arrivedOnce(viaA, waits)
  await signInAgain(siteB!)
  await staff.see(BOTH)
})

test('SYNC-20, SIGN-9 an account that is deactivated at the active site: nothing goes from the screen, the other site takes what is said; back again, it goes on there', async () => {
  const [viaB, back] = ['Konto weg: Lager ist zu', 'Konto wieder da: Lager ist offen']
  await openTeam()
  await account(siteA!, { deactivated: true })
  await staff.see(`Ausweichstandort ${siteB!.name}`)
  await staff.see(SAID)
  await say(viaB)
  await arrivedOnce(viaB)
  expect(await senderOf(viaB)).toBe(userAt(siteB!))
  await staff.go('/')
  await staff.see(ALERT.headline)
  await staff.go('/readiness')
  await signInAgain(siteA!)
  await staff.see('Name oder Passwort stimmt nicht.')
  await staff.see('ist Ihr Konto vielleicht abgeschaltet')

  // Made usable again, and in no room yet: at that site it has left them all.
  await account(siteA!, { deactivated: false, password: crisis.password(STAFF) })
  await staff.tap('Anmelden')
  await staff.see(BOTH)
  await waitFor('the way back', async () => !(await staff.text()).includes('Ausweichstandort'))
  await staff.see('Arbeitsplatz läuft')
  await openTeam()
  await staff.see(viaB)
  const bot = await botOf(crisis.deployment.dir, siteA!)
  const { space, accounts } = crisis.deployment.describe()
  for (const room of [space, ...accounts.find(({ person }) => person === STAFF)!.rooms]) {
    const body = { user_id: userAt(siteA!) }
    // As soon as it is in the space, the app joins by itself what is open.
    await bot.call('POST', `/_synapse/admin/v1/join/${encodeURIComponent(room)}`, { body }).catch((error: Error) => {
      if (!error.message.includes('already in the room')) throw error
    })
  }
  await say(back)
  await arrivedOnce(viaB, back)
  expect(await senderOf(back)).toBe(userAt(siteA!))
})

test('SIGN-1, SIGN-9 a new device of somebody whose account is locked at both sites, then at one', async (context) => {
  const browser = await launchChromium()
  closeAfter(context, browser, 'colleague')
  const colleague = appPage(await browser.page(crisis.origin))
  for (const site of [siteA!, siteB!]) await lock(site, true, COLLEAGUE)
  await colleague.fill('Benutzername', COLLEAGUE)
  await colleague.fill('Passwort', crisis.password(COLLEAGUE))
  await colleague.tap('Anmelden')
  await colleague.see('Dieses Konto ist gesperrt. Rufen Sie Ihre IT an.')
  await lock(siteB!, false, COLLEAGUE)
  await colleague.page.reload()
  await signIn(colleague, COLLEAGUE, crisis.password(COLLEAGUE))
  await colleague.see('Angemeldet an 1 von 2 Standorten')
  await colleague.see(`Bei ${siteA!.name} ist Ihr Konto gesperrt. Rufen Sie Ihre IT an.`)
  await lock(siteA!, false, COLLEAGUE)
  await colleague.tap(`${siteA!.name} jetzt versuchen`)
  await colleague.fill('Passwort', crisis.password(COLLEAGUE))
  await colleague.tap('Anmelden')
  await colleague.see('Schritt 2 von 4')
})
