/**
 * The day it happens, on the built app: a manager at a desk (Chromium), a member of staff on a phone (Firefox), two real
 * sites. What arrived is read from both homeservers, not from a screen.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onlyOnce } from '../../src/core/timeline.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { allowRinging, appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { closeAfter, DESKTOP, launchChromium, launchFirefox, PHONE } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { logIn, messagesOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, STAFF] = ['d.aydemir', 's.baumann']
const HEADLINE = 'Gebäude Ruhrstraße sofort verlassen'
const STEP = 'Gehen Sie jetzt zum Sammelplatz Nord.'
const TEAM = 'Pforte und Haustechnik'

let crisis: Crisis
beforeAll(async () => {
  crisis = await startCrisis()
})
afterAll(() => crisis?.stop())

const roomId = (title: string): RoomId =>
  crisis.deployment.describe().rooms.find((room) => room.title === title)!.room_id

async function compose(manager: AppPage): Promise<void> {
  await manager.tap('Führen')
  await manager.tap('Neue Anweisung')
  await manager.tap('Extrem')
  await manager.fill('Überschrift', HEADLINE)
  await manager.fill('Anweisung', 'Rauch im Untergeschoss. Nehmen Sie die Treppen.')
  await manager.fill('Nächster Schritt', STEP)
  await manager.tap('Bin in Sicherheit')
  await manager.tap('Alle Beschäftigten')
  await manager.tap('Prüfen')
  await manager.hold('Zum Senden halten', 'von 8 geantwortet')
}

async function write(app: AppPage, text: string): Promise<void> {
  await app.fill('Nachricht an', text)
  await app.tap('Senden')
  await app.see(text)
}

/** The window that a click on a notification opened. */
async function openedBy(pages: () => Promise<AppPage['page'][]>, path: RegExp): Promise<AppPage> {
  const page = await waitFor(`a window at ${path}`, async () =>
    (await pages()).find((open) => path.test(new URL(open.url()).pathname)),
  )
  return appPage(page)
}

test('an alert arrives, is answered, a site dies, everybody goes on, and everything is there once', async (context) => {
  const { deployment, daemon, push, origin, password } = crisis
  const phone = await launchFirefox({ pushUrl: push.browserUrl, dbusAddress: daemon.address, viewport: PHONE })
  closeAfter(context, phone, 'phone')
  const desk = await launchChromium({ viewport: DESKTOP })
  closeAfter(context, desk, 'desk')

  // Before: sign in once, prove that it rings, have the plans on board.
  let staff = appPage(await phone.page(origin))
  await signIn(staff, STAFF, password(STAFF))
  await skipWelcome(staff)
  await staff.tap('Bereitschaft')
  await staff.see('Notanker ist noch nicht installiert')
  await staff.see('An beiden Standorten angemeldet')
  await staff.see('Handbuch auf diesem Gerät')
  await allowRinging(staff, () => phone.allowNotifications(origin))
  await staff.tap('Probealarm senden')
  await daemon.notification('Probealarm')
  await staff.see('Probealarm empfangen')
  await staff.tap('Handbuch')
  await staff.tap('Räumung eines Dienstgebäudes')
  await staff.see('Sammelplatz Nord')

  const manager = appPage(await desk.page(origin))
  await signIn(manager, MANAGER, password(MANAGER))
  await skipWelcome(manager)

  // The alert rings with no page open; a tap on it opens the answer.
  await staff.page.close()
  await compose(manager)
  daemon.click(await daemon.notification(HEADLINE))
  staff = await openedBy(() => phone.browser.pages(), /^\/alert\//)
  await staff.see(STEP)
  await staff.tap('Bin in Sicherheit')
  await staff.see('Registriert')
  await manager.see('1 von 8 geantwortet')
  await manager.tap('Räume')
  await manager.tap(TEAM)
  await write(manager, 'Eins, vor dem Ausfall')

  // Site A dies, homeserver and relay. The relay of B rings; both apps go on at B by themselves.
  await staff.page.close()
  await deployment.kill('a')
  await write(manager, 'Zwei, während des Ausfalls')
  daemon.click(await daemon.notification('Arbeitsplatz umgezogen nach STACKIT Neckarsulm'))
  staff = await openedBy(() => phone.browser.pages(), /^\/alert\//)
  await staff.see('Ausweichstandort STACKIT Neckarsulm')
  await manager.see('Ausweichstandort STACKIT Neckarsulm')
  await staff.tap('Verstanden')
  await staff.see('Registriert')
  // The sheet that tells of the switch waits until the alert is answered.
  await staff.see('Wir sind umgezogen')
  await staff.tap('Verstanden')
  await staff.go('/rooms')
  await staff.tap(TEAM)
  await staff.see('Zwei, während des Ausfalls')
  await write(staff, 'Drei, vom Telefon')
  await manager.see('Drei, vom Telefon')
  await write(manager, 'Vier, vom Rechner')
  await staff.see('Vier, vom Rechner')

  // A comes back and has everything, once and in order; so has B, and so have the screens. What A took and had not
  // passed on when it died went out again through B: two events with one `client_id`, which every member shows once.
  await deployment.start('a')
  const said = ['Eins, vor dem Ausfall', 'Zwei, während des Ausfalls', 'Drei, vom Telefon', 'Vier, vom Rechner']
  for (const site of deployment.describe().sites) {
    const account = await logIn(site, STAFF, password(STAFF))
    const once = async (room: string) =>
      onlyOnce(deployment.deployment, await messagesOf(account, roomId(room))).map((e) => String(e.content['body']))
    const ours = async () => (await once(TEAM)).filter((body) => said.includes(body))
    await waitFor(`everything at ${site.id}`, async () => (await ours()).length >= said.length)
    expect(await ours(), site.id).toEqual(said)
    const alerts = await once('Alle Beschäftigten')
    expect(
      alerts.filter((body) => body.includes(HEADLINE)),
      site.id,
    ).toHaveLength(1)
    expect(
      alerts.filter((body) => body.includes('Arbeitsplatz umgezogen')),
      site.id,
    ).toHaveLength(1)
  }
  for (const app of [staff, manager]) {
    const room = await app.page.$eval('[role=log]', (log) => (log as HTMLElement).innerText)
    expect(room.match(/(Eins|Zwei|Drei|Vier), [\p{L} ]+/gu)).toEqual(said)
  }
})
