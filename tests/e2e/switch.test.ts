/**
 * A manager switches by hand while both sites answer, and back, on the built app and two real sites: what is declared on one
 * device moves another, tells everybody once, and is explained on the screen.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TYPE } from '../../src/core/event.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { onlyOnce } from '../../src/core/timeline.ts'
import { appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { closeAfter, DESKTOP, launchChromium, PHONE } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { logIn, messagesOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, STAFF] = ['j.lindhorst', 's.baumann']
const [A, B] = ['IONOS Karlsruhe', 'STACKIT Neckarsulm']

let crisis: Crisis
beforeAll(async () => {
  crisis = await startCrisis()
})
afterAll(() => crisis?.stop())

async function signedIn(app: AppPage, person: string): Promise<AppPage> {
  await signIn(app, person, crisis.password(person))
  await skipWelcome(app)
  return app
}

/** Taps through to an intent, picks earnest or drill, and holds. */
async function declare(manager: AppPage, intent: string, how: string, button: string): Promise<void> {
  await manager.go('/lead/switch')
  await manager.see('Wächter, Stand')
  await manager.tap(intent)
  await manager.tap(how)
  await manager.hold(button, 'Ihre letzte Erklärung')
  await manager.see('Zugestellt um')
}

test('SWITCH-9 a manager declares, other devices move and say so, and the way back; a drill moves nobody', async (context) => {
  const { deployment, origin } = crisis
  const desk = await launchChromium({ viewport: DESKTOP })
  closeAfter(context, desk, 'desk')
  const phone = await launchChromium({ viewport: PHONE })
  closeAfter(context, phone, 'phone')
  const manager = await signedIn(appPage(await desk.page(origin)), MANAGER)
  const staff = await signedIn(appPage(await phone.page(origin)), STAFF)
  await staff.see('Alles ruhig.')

  // Both sites answer, every monitor says so, and all the same people move when a manager says so.
  await manager.go('/lead/switch')
  await manager.see(`Wächter bei ${B} antwortet`)
  await declare(manager, `Nach ${B} umschalten`, 'Ernstfall', 'Halten: umschalten')
  await staff.see(`Ausweichstandort ${B}`)
  await staff.see(`Arbeitsplatz umgezogen nach ${B}`)
  await staff.tap('Verstanden')
  await staff.see('Wir sind umgezogen')
  await staff.see('Der Krisenstab hat umgeschaltet.')
  await staff.tap('Verstanden')
  await manager.see(`Ausweichstandort ${B}`)

  // The way back.
  await declare(manager, `Zurück nach ${A}`, 'Ernstfall', 'Halten: umschalten')
  await staff.see(`Arbeitsplatz wieder bei ${A}`)
  await staff.tap('Verstanden')
  await staff.see('Wir sind zurück')
  await staff.tap('Verstanden')

  // Everybody is told as in earnest, under the mark of a drill, and stays where they are.
  await declare(manager, `Nach ${B} umschalten`, 'Übung: alle', 'Halten: als Übung erklären')
  await manager.see('Eine Übung läuft seit')
  await staff.see('Übung · Schwerwiegend')
  await staff.seeNot('Ausweichstandort')

  // At both homeservers: one alert for each switch, the declarations in every alert room, and A is in use.
  const alertRooms = deployment.describe().rooms.filter(({ kind }) => kind === 'alert')
  for (const site of deployment.describe().sites) {
    const account = await logIn(site, STAFF, crisis.password(STAFF))
    for (const { room_id } of alertRooms) {
      const told = async () =>
        onlyOnce(deployment.deployment, await messagesOf(account, room_id as RoomId)).flatMap(({ content }) => {
          const alert = content[TYPE.alert] as { kind: string; status: string } | undefined
          return alert && ['failover', 'switch_back'].includes(alert.kind) ? [`${alert.kind} ${alert.status}`] : []
        })
      await waitFor(`three alerts at ${site.id}`, async () => (await told()).length >= 3)
      expect(await told(), site.id).toEqual(['failover Actual', 'switch_back Actual', 'failover Exercise'])
      const state = (await account.stateEvent(room_id as RoomId, TYPE.activeSite))?.content
      expect(state).toMatchObject({ site: 'a', from: 'b', by: 'manager' })
    }
  }
})
