/** The built app in WebKitGTK, which has no push: everything else works, and the app says what is missing. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { installBrowsers } from '../support/install-browsers.ts'
import { WEBKIT } from '../support/programs.ts'
import { roomOf, TEAM } from '../support/ready-device.ts'
import { bodiesOf, logIn, sendAlert, talliedOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'
import { launchWebKit, type WebKitPage } from '../support/webkit.ts'

const [MANAGER, STAFF] = ['d.aydemir', 's.baumann']

let crisis: Crisis
let app: WebKitPage
beforeAll(async () => {
  installBrowsers(WEBKIT)
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
  app = await launchWebKit({ dbusAddress: crisis.daemon.address })
})
afterAll(async () => {
  await app?.close()
  await crisis?.stop()
})

const room = () => `${crisis.origin}/rooms/${encodeURIComponent(roomOf(crisis, TEAM))}`

it('DEVICE-8, READY-1, READY-2: a browser without push shows alerts, takes answers and messages, and says on Bereitschaft what it cannot do', async () => {
  await app.go(crisis.origin)
  expect(await app.run("return 'PushManager' in window")).toBe(false)
  await app.fill('Benutzername', STAFF)
  await app.fill('Passwort', crisis.password(STAFF))
  await app.tap('Anmelden')
  const path = () => app.run<string>('return location.pathname')
  await waitFor('the steps after the sign-in', async () => (await path()) === '/welcome')
  await waitFor('the end of the steps', async () => {
    if ((await path()) !== '/welcome') return true
    for (const later of ['Später', 'Jetzt nicht', 'Fertig']) await app.tapped(later)
    return false
  })
  // Each page goes amid the first sync, and must hold nothing back from the next (DEVICE-8).
  for (let page = 0; page < 5; page++) await app.go(room())
  const manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
  const alert = await sendAlert(manager, roomOf(crisis, 'Alle Beschäftigten'), { headline: 'Rauch im Keller' })
  await app.go(crisis.origin)
  await app.see(alert.headline)
  await app.tap('Verstanden')
  await app.see('Sie: Verstanden')
  await app.see('registriert um')
  expect(await talliedOf(manager, roomOf(crisis, 'Lagebild'), alert.id)).toEqual([`${STAFF} ok`])

  await app.go(room())
  await app.fill('Nachricht an', 'Aus WebKit')
  await app.tap('Senden')
  await waitFor('the message', async () => (await bodiesOf(manager, roomOf(crisis, TEAM))).includes('Aus WebKit'))

  await app.go(`${crisis.origin}/readiness`)
  await app.see('Dieser Browser kann nicht klingeln')
  await app.see('Öffnen Sie Notanker in Chrome, Edge, Firefox oder Safari.')
  await app.see('An beiden Standorten angemeldet')
  await app.see('Handbuch auf diesem Gerät')
})
