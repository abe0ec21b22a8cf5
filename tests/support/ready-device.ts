/** A device that has been in use: signed in everywhere, an alert that waits, words in a room, the handbook on board. */
import type { RoomId } from '../../src/core/ids.ts'
import { appPage, signIn, skipWelcome, type AppPage } from './app-page.ts'
import type { TestBrowser } from './browsers.ts'
import type { Crisis } from './crisis.ts'
import { logIn, sendAlert } from './rest.ts'
import { waitFor } from './wait.ts'

export const ALERT = {
  headline: 'Stromausfall im Dienstgebäude',
  instruction: 'Die Aufzüge stehen. Die Notbeleuchtung hält zwei Stunden.',
  next_step: 'Bleiben Sie, wo Sie sind.',
}
export const TEAM = 'Pforte und Haustechnik'
export const SAID = 'Vor dem Ausfall'
const [MANAGER, STAFF] = ['d.aydemir', 's.baumann']

export const roomOf = (crisis: Crisis, title: string): RoomId =>
  crisis.deployment.describe().rooms.find((room) => room.title === title)!.room_id

/** Returns at the first screen, with the alert on it and everything else on the device. */
export async function readyDevice(crisis: Crisis, browser: TestBrowser): Promise<AppPage> {
  const app = appPage(await browser.page(crisis.origin))
  await signIn(app, STAFF, crisis.password(STAFF))
  await skipWelcome(app)
  const manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
  await sendAlert(manager, roomOf(crisis, 'Alle Beschäftigten'), ALERT)
  await app.see(ALERT.headline)
  await app.go(`/rooms/${encodeURIComponent(roomOf(crisis, TEAM))}`)
  await app.fill('Nachricht an', SAID)
  await app.tap('Senden')
  await app.see(SAID)
  // Another message of theirs stands there as delivered already.
  await waitFor('it to be delivered', async () => !(await app.page.$('[data-item]:not([data-state=taken])')))
  await app.go('/readiness')
  await app.see('Handbuch auf diesem Gerät')
  await app.see('An beiden Standorten angemeldet')
  await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await app.go('/')
  await app.see(ALERT.next_step)
  await app.see('Verstanden')
  return app
}
