/** Every homeserver is dead, the relays live: who leads rings all phones by the built app, and later the rooms have it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appPage, signIn, skipWelcome } from '../support/app-page.ts'
import { closeAfter, launchChromium, PHONE } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { serversOf } from '../support/pair.ts'
import { logIn, messagesOf } from '../support/rest.ts'
import { ringingPhone } from '../support/ringing-phone.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, STAFF] = ['d.aydemir', 's.baumann']
const ALL = 'Alle Beschäftigten'
const SITES = ['a', 'b'] as const

let crisis: Crisis
beforeAll(async () => {
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
})
afterAll(() => crisis?.stop())

test('LAST-1, LAST-5, LAST-7 with every homeserver dead an alert rings all the same, once, and stands in the rooms later', async (context) => {
  const { deployment, push, origin, password } = crisis
  const servers = serversOf(deployment.dir, deployment)
  const staff = await ringingPhone(servers, push, STAFF)
  for (const site of SITES) expect(await staff.register(site)).toBe('registered')
  const chromium = await launchChromium({ viewport: PHONE })
  closeAfter(context, chromium, 'manager')
  const app = appPage(await chromium.page(origin))
  await signIn(app, MANAGER, password(MANAGER))
  await skipWelcome(app)
  // The relays know this device, and the people of the room are counted.
  await app.go('/lead/fleet')
  await app.see('von 8 Personen haben ein Gerät, das klingelt')

  await Promise.all(SITES.map((site) => deployment.kill(site, 'homeserver')))
  // Not the device's network: a relay answers.
  await app.see('Kein Standort antwortet')
  await app.go('/lead/new')
  await app.tap('Extrem')
  await app.fill('Überschrift', 'Gebäude sofort verlassen')
  await app.fill('Anweisung', 'Rauch im Untergeschoss.')
  await app.fill('Nächster Schritt', 'Gehen Sie zum Sammelplatz.')
  await app.tap('Bin in Sicherheit')
  await app.tap(ALL)
  await app.tap('Prüfen')
  await app.hold('Zum Senden halten', 'Kein Standort antwortet, aber ein Relay')
  expect(staff.rings()).toEqual([])
  await app.hold('Zum Alarmieren halten', 'An alle Geräte gegeben um')
  await waitFor('the phone to ring', () => staff.rings().length)

  await Promise.all(SITES.map((site) => deployment.start(site, 'homeserver')))
  await app.see('Zugestellt um')
  const reader = await logIn(servers.site('b'), MANAGER, password(MANAGER))
  const stands = async () =>
    (await messagesOf(reader, servers.room(ALL))).filter((m) => JSON.stringify(m).includes('Rauch im'))
  await waitFor('both sites to have it', async () => (await stands()).length)
  expect(await stands()).toHaveLength(1)
  expect(staff.rings()).toHaveLength(1)
})
