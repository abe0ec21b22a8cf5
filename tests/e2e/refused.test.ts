/** Rights and refusals on the built app: what somebody may not do is neither offered nor taken, and nobody is left without a word. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../src/core/ports.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { Homeserver } from '../../src/server/homeserver.ts'
import { appPage, signIn, skipWelcome } from '../support/app-page.ts'
import { closeAfter, launchChromium } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { botOf, logIn, sendAlert } from '../support/rest.ts'
import { remembered } from '../support/storage.ts'

const [MANAGER, STAFF, COLLEAGUE] = ['d.aydemir', 's.baumann', 'k.wolter']
const [ALL, TEAM] = ['Alle Beschäftigten', 'Pforte und Haustechnik']
const REAL = { headline: 'Stromausfall im Dienstgebäude', next_step: 'Bleiben Sie, wo Sie sind.' }
const LATER = { headline: 'Aufzug steht', next_step: 'Nehmen Sie die Treppe.', severity: 'Minor' as const }
const FORGED = { headline: 'Überweisen Sie sofort Geld', next_step: 'Nehmen Sie dieses Konto.' }

let crisis: Crisis
beforeAll(async () => {
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
})
afterAll(() => crisis?.stop())

const roomId = (title: string): RoomId =>
  crisis.deployment.describe().rooms.find((room) => room.title === title)!.room_id
const pathOf = (title: string) => `/rooms/${encodeURIComponent(roomId(title))}`

test('LEAD-7, ALERT-1, ROOM-8, ROOM-10, SIGN-3: a right that is missing, a room that is sealed, a session that ended', async (context) => {
  const { deployment, origin, password } = crisis
  const [siteA] = deployment.describe().sites
  const phone = await launchChromium()
  closeAfter(context, phone, 'phone')
  const staff = appPage(await phone.page(origin))
  await signIn(staff, STAFF, password(STAFF))
  await skipWelcome(staff)
  await staff.see('Alles ruhig')

  // Somebody without the right: the area is not there, its address says so, and the homeserver refuses the alert.
  expect(await staff.text()).not.toContain('Führen')
  await staff.go('/lead/new')
  await staff.see('Ihr Konto hat dieses Recht nicht.')
  expect(await staff.page.$$('main textarea, main input')).toHaveLength(0)
  const colleague = await logIn(siteA!, COLLEAGUE, password(COLLEAGUE))
  await expect(sendAlert(colleague, roomId(ALL), FORGED)).rejects.toMatchObject({ status: 403 })

  // In a room where anybody may write an alert is a message like any other, and asks for nothing.
  await sendAlert(colleague, roomId(TEAM), FORGED)
  await staff.go(pathOf(TEAM))
  await staff.see(FORGED.headline)
  await staff.seeNot('Anweisung wartet auf Ihre Antwort')
  expect(await staff.page.$$('main a[href^="/alert/"]')).toHaveLength(0)
  await staff.go('/')
  await staff.see('Alles ruhig')
  expect(await staff.text()).not.toContain(FORGED.headline)

  // The room is sealed: it says so, shows that somebody wrote, and takes nothing that would go out in plain text.
  const bot = await botOf(deployment.dir, siteA!)
  await bot.setState(roomId(TEAM), 'm.room.encryption', '', { algorithm: 'm.megolm.v1.aes-sha2' })
  const sealed = {
    algorithm: 'm.megolm.v1.aes-sha2',
    ciphertext: 'x',
    session_id: 'x',
    sender_key: 'x',
    device_id: 'x',
  }
  await colleague.send(roomId(TEAM), 'm.room.encrypted', sealed, randomUUID())
  await staff.go(pathOf(TEAM))
  await staff.see('Dieser Raum ist verschlüsselt.')
  await staff.see('verschlüsselt, hier noch nicht lesbar')
  await staff.see(FORGED.headline)
  expect(await staff.page.$$('main textarea')).toHaveLength(0)

  // The session at A ends, as after a restore. Everything stays, Bereitschaft names it, and the password mends it.
  const manager = await logIn(siteA!, MANAGER, password(MANAGER))
  const alert = await sendAlert(manager, roomId(ALL), REAL)
  await staff.go('/')
  await staff.see(REAL.next_step)
  const { accounts } = await remembered<Session>(staff.page, 'session')
  const atA = accounts.find((account) => account.site === siteA!.id)!
  await new Homeserver(atA.homeserver, atA.access_token).call('POST', '/_matrix/client/v3/logout', { body: {} })
  await staff.go('/readiness')
  await staff.see('Die Anmeldung bei IONOS Karlsruhe ist abgelaufen')
  await staff.go('/')
  await staff.see(REAL.next_step)
  // The other site has a session that holds, and the same rooms: there the app goes on.
  await sendAlert(manager, roomId(ALL), LATER)
  await staff.see(LATER.headline)
  await staff.go(`/alert/${alert.id}`)
  await staff.tap('Verstanden')
  await staff.see('Registriert')
  await staff.go('/handbook/raeumung')
  await staff.see('Sammelplatz Nord')
  await staff.go('/readiness')
  await staff.tap('Jetzt anmelden')
  await staff.fill('Passwort', password(STAFF))
  await staff.tap('Anmelden')
  await staff.see('An beiden Standorten angemeldet')
})
