/** The first day and the last one: bad luck at the sign-in, strangers and broken events, and a sign-out that leaves nothing. */
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'puppeteer-core'
import type { Deployment } from '../../src/core/deployment.ts'
import { TYPE } from '../../src/core/event.ts'
import type { RoomId } from '../../src/core/ids.ts'
import type { Session } from '../../src/core/ports.ts'
import { Homeserver, request } from '../../src/server/homeserver.ts'
import { allowRinging, appPage, signIn, skipWelcome } from '../support/app-page.ts'
import { closeAfter, launchChromium, launchFirefox } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { logIn, sendAlert } from '../support/rest.ts'
import { remembered, rowsOn } from '../support/storage.ts'

const [MANAGER, STAFF, STRANGER] = ['d.aydemir', 's.baumann', 't.schulte']
const [ALL, TEAM] = ['Alle Beschäftigten', 'Pforte und Haustechnik']

let crisis: Crisis
beforeAll(async () => {
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
})
afterAll(() => crisis?.stop())

const roomId = (title: string): RoomId =>
  crisis.deployment.describe().rooms.find((room) => room.title === title)!.room_id
const pathOf = (room: RoomId) => `/rooms/${encodeURIComponent(room)}`

/** Answers for the deployment file what a hotel's network does, until the returned function is called. */
async function captivePortal(page: Page): Promise<() => Promise<void>> {
  await page.setRequestInterception(true)
  page.on('request', (asked) => {
    const portal = { status: 200, contentType: 'text/html', body: '<title>Log in</title>' }
    void (asked.url().endsWith('/notanker.json') ? asked.respond(portal) : asked.continue()).catch(() => undefined)
  })
  return () => page.setRequestInterception(false)
}

test('SIGN-1, SIGN-2, READY-3: a portal, a wrong password, a dead site; what was missed is made up for', async (context) => {
  const { deployment, origin, password } = crisis
  const phone = await launchChromium()
  closeAfter(context, phone, 'phone')
  const page = await phone.page()
  const leavePortal = await captivePortal(page)
  await page.goto(origin)
  const staff = appPage(page)
  await staff.see('Manches WLAN verlangt erst eine Anmeldung')
  await staff.tap('Jetzt versuchen')
  await staff.see('Manches WLAN verlangt erst eine Anmeldung')
  await leavePortal()
  await page.reload()
  await staff.see('Landesamt für Rentensicherung')

  await staff.fill('Benutzername', STAFF)
  await staff.fill('Passwort', 'falsch')
  await staff.tap('Anmelden')
  await staff.see('Name oder Passwort stimmt nicht.')
  await deployment.kill('a')
  await page.reload()
  await signIn(staff, STAFF, password(STAFF))
  await staff.see('Angemeldet an 1 von 2 Standorten')
  await staff.see('IONOS Karlsruhe hat nicht geantwortet.')
  await staff.tap('Weiter')
  await skipWelcome(staff)
  await staff.see('Alles ruhig')
  await staff.go('/readiness')
  await staff.see('Bei IONOS Karlsruhe noch nicht angemeldet')

  await deployment.start('a')
  await staff.tap('Jetzt anmelden')
  await staff.fill('Passwort', password(STAFF))
  await staff.tap('Anmelden')
  await staff.see('An beiden Standorten angemeldet')

  // A newer deployment file is taken over at the next look.
  const file = join(deployment.dir, 'notanker.json')
  const now = JSON.parse(await readFile(file, 'utf8')) as Deployment
  const agency = { ...now.agency, name: 'Landesamt für Neues' }
  await writeFile(file, JSON.stringify({ ...now, agency, serial: now.serial + 1 }))
  await staff.go('/readiness')
  await staff.see('Landesamt für Neues')
})

test('ROOM-1, ALERT-9, BOOK-1: a room of a stranger shows nothing anywhere; what is broken hides nothing', async (context) => {
  const { deployment, origin, password } = crisis
  const phone = await launchChromium()
  closeAfter(context, phone, 'phone')
  const staff = appPage(await phone.page(origin))
  await signIn(staff, STAFF, password(STAFF))
  await skipWelcome(staff)
  const [siteA] = deployment.describe().sites
  const [stranger, manager, own] = [
    await logIn(siteA!, STRANGER, password(STRANGER)),
    await logIn(siteA!, MANAGER, password(MANAGER)),
    await logIn(siteA!, STAFF, password(STAFF)),
  ]

  // It has everything that one of the agency's rooms has, but the agency's word for it; the person has even come in.
  const looksRight = [
    { type: TYPE.room, state_key: '', content: { v: 1, kind: 'alert', title: 'Sofortmeldung' } },
    { type: TYPE.activeSite, state_key: '', content: { v: 1, site: 'b', since: Date.now(), by: 'manager' } },
    { type: 'm.space.parent', state_key: deployment.deployment.space, content: { via: [siteA!.server_name] } },
  ]
  const made = await stranger.call('POST', '/_matrix/client/v3/createRoom', {
    body: { name: 'Sofortmeldung', invite: [await own.whoami()], initial_state: looksRight },
  })
  const fake = made['room_id'] as RoomId
  await sendAlert(stranger, fake, { headline: 'Falsche Räumung', next_step: 'Folgen Sie mir.' })

  // In the agency's rooms: an alert of a version that nobody knows, an unknown event, and state that is no state.
  const [future, unknown] = ['Klartext einer Anweisung von morgen', 'Klartext ohne Inhalt']
  const odd = (body: string, alert: unknown) => ({ msgtype: 'm.text', body, [TYPE.alert]: alert })
  await manager.send(roomId(ALL), 'm.room.message', odd(future, { v: 2, id: 7 }), randomUUID())
  await manager.send(roomId(ALL), 'de.notanker.unheard_of', { v: 1 }, randomUUID())
  await manager.send(roomId(ALL), 'm.room.message', odd(unknown, 'x'), randomUUID())
  await manager.setState(roomId(ALL), TYPE.activeSite, '', { v: 1, site: 7 })
  await manager.setState(roomId('Handbuch'), TYPE.playbook, 'kaputt', { v: 1, title: 7 })
  await manager.setState(roomId('Handbuch'), TYPE.contacts, 'kaputt', { entries: 'x' })
  const real = await sendAlert(manager, roomId(ALL), { headline: 'Echte Anweisung', next_step: 'Bleiben Sie hier.' })

  await staff.see('Bleiben Sie hier.')
  await own.join(fake, [siteA!.server_name])
  await staff.page.reload()
  await staff.see('Bleiben Sie hier.')
  await staff.go(pathOf(roomId(ALL)))
  await staff.see(future)
  await staff.see(unknown)
  await staff.see('Echte Anweisung')
  const tour: [path: string, words: string][] = [
    ['/', 'Echte Anweisung'],
    [`/alert/${real.id}`, 'Bleiben Sie hier.'],
    ['/rooms', TEAM],
    [pathOf(fake), 'Diesen Raum gibt es hier nicht.'],
    ['/handbook', 'Räumung eines Dienstgebäudes'],
    ['/handbook/contacts', '030 23125 140'],
    ['/connection', 'IONOS Karlsruhe'],
  ]
  for (const [path, words] of tour) {
    await staff.go(path)
    await staff.see(words)
    expect(await staff.text(), path).not.toMatch(/Falsche Räumung|Sofortmeldung/)
  }
  await staff.see('Arbeitsplatz läuft')
})

test('SIGN-4, RELAY-7: signing out leaves no row, and neither relay nor homeserver knows the device any more', async (context) => {
  const { deployment, origin, password, push, daemon } = crisis
  const phone = await launchFirefox({ pushUrl: push.browserUrl, dbusAddress: daemon.address })
  closeAfter(context, phone, 'phone')
  const staff = appPage(await phone.page(origin))
  await signIn(staff, STAFF, password(STAFF))
  await skipWelcome(staff)
  await staff.tap('Bereitschaft')
  await allowRinging(staff, () => phone.allowNotifications(origin))
  await staff.tap('Probealarm senden')
  await daemon.notification('Probealarm')
  await staff.see('Probealarm empfangen')
  await staff.see('Handbuch auf diesem Gerät')

  const { device, accounts } = await remembered<Session>(staff.page, 'session')
  const { bearer: token } = await remembered<{ bearer: string }>(staff.page, 'bearer')
  await staff.tap('Abmelden')
  await staff.see('Von diesem Gerät abmelden?')
  await staff.tap('Abmelden und löschen')
  await staff.see('Benutzername')

  for (const { relay } of deployment.deployment.sites)
    await expect
      .poll(() => request(relay!, 'POST', `/v1/devices/${device}/test`, { token }).then(String, (e) => e.status))
      .toBe(404)
  for (const { homeserver, access_token } of accounts)
    await expect.poll(() => new Homeserver(homeserver, access_token).whoami().then(String, (e) => e.status)).toBe(401)
  const left = async () =>
    Object.entries(await rowsOn(staff.page)).map(([store, rows]) => [store, ...rows.map((row) => row.key)].join(' '))
  await expect.poll(left).toEqual(['notanker-settings/settings deployment language'])
  expect(await staff.page.evaluate(() => Object.keys(localStorage))).toEqual([])
})
