/**
 * `failover.*`: site A dies by SIGKILL, homeserver and relay. How long until the monitors agree, the alert is written, a
 * phone with no page open shows it, an open app has written through B, and, from A's return, until A has that too.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { TYPE } from '../../src/core/event.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { allowRinging, appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { launchFirefox, PHONE, type TestBrowser } from '../support/browsers.ts'
import type { Crisis } from '../support/crisis.ts'
import { roomOf, TEAM } from '../support/ready-device.ts'
import { bodiesOf, logIn, messagesOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'

const [MANAGER, STAFF] = ['d.aydemir', 's.baumann']
const EVERYBODY = 'Alle Beschäftigten'
/** What issue 5 asks for, s. */
const AIMS = { verdict_s: 15, notification_s: 20, send_b_s: 10 } as const
/** A site has to hold for a while before it counts as up; and a switch by hand settles, ms. */
const CALM = 15_000

async function phoneOf(crisis: Crisis, phone: TestBrowser): Promise<void> {
  const app = appPage(await phone.page(crisis.origin))
  await signIn(app, STAFF, crisis.password(STAFF))
  await skipWelcome(app)
  await app.tap('Bereitschaft')
  await allowRinging(app, () => phone.allowNotifications(crisis.origin))
  await app.tap('Probealarm senden')
  await app.see('Probealarm empfangen')
  await app.page.close()
}

async function deskOf(world: World, desk: TestBrowser): Promise<AppPage> {
  const { crisis } = world
  const app = appPage(await desk.page(crisis.origin))
  await signIn(app, MANAGER, crisis.password(MANAGER))
  await skipWelcome(app)
  await app.go(`/rooms/${encodeURIComponent(roomOf(crisis, TEAM))}`)
  return app
}

/** What the relay of B says now. */
async function verdictOfB(crisis: Crisis): Promise<{ verdict: Record<string, string>; active_site: string }> {
  const answer = await fetch(`${crisis.deployment.describe().sites[1]!.relay}/v1/status`)
  return (await answer.json()) as { verdict: Record<string, string>; active_site: string }
}

/** The manager declares A again; everybody goes back. */
async function goBack(crisis: Crisis, b: Homeserver, desk: AppPage): Promise<void> {
  await waitFor('both sites to be up', async () => {
    const { verdict } = await verdictOfB(crisis)
    return verdict['a'] === 'up' && verdict['b'] === 'up'
  })
  const declaration = { v: 1, site: 'a', from: 'b', since: Date.now(), closed: [], by: 'manager', status: 'Actual' }
  await b.setState(roomOf(crisis, EVERYBODY), TYPE.activeSite, '', declaration)
  await waitFor('the way back', async () => (await verdictOfB(crisis)).active_site === 'a')
  await desk.see(`Zurück bei ${crisis.deployment.deployment.sites[0]!.name}`)
}

export async function measureFailover(world: World): Promise<Figures> {
  const { crisis, say } = world
  const { deployment, daemon, push } = crisis
  const phone = await launchFirefox({ pushUrl: push.browserUrl, dbusAddress: daemon.address, viewport: PHONE })
  const desk = await world.launch()
  const times: Record<string, number[]> = {
    verdict_s: [],
    alert_s: [],
    notification_s: [],
    send_b_s: [],
    caught_up_s: [],
  }
  try {
    await phoneOf(crisis, phone)
    const app = await deskOf(world, desk)
    for (let run = 1; run <= world.runs; run++) {
      const [siteA, siteB] = deployment.describe().sites
      const b = await logIn(siteB!, MANAGER, crisis.password(MANAGER))
      const told = async () =>
        (await messagesOf(b, roomOf(crisis, EVERYBODY))).filter((e) => String(e.content['body']).includes('umgezogen'))
      const before = (await told()).length
      const rung = daemon.shown.length
      const text = `Während des Ausfalls ${randomUUID()}`

      const killed = Date.now()
      const since = () => (Date.now() - killed) / 1000
      await deployment.kill('a')
      const [verdict, alert, notification, sent] = await Promise.all([
        waitFor('the verdict', async () => (await verdictOfB(crisis)).verdict['a'] === 'down').then(since),
        waitFor('the alert', async () => (await told())[before]).then((e) => (e.origin_server_ts - killed) / 1000),
        waitFor('the notification', () => daemon.shown.slice(rung).some((n) => n.title.includes('umgezogen'))).then(
          since,
        ),
        (async () => {
          await app.fill('Nachricht an', text)
          await app.tap('Senden')
          await waitFor('the message at B', async () => (await bodiesOf(b, roomOf(crisis, TEAM))).includes(text))
          return since()
        })(),
      ])
      const back = Date.now()
      await deployment.start('a')
      const a = await logIn(siteA!, MANAGER, crisis.password(MANAGER))
      await waitFor('the message at A', async () => (await bodiesOf(a, roomOf(crisis, TEAM))).includes(text))
      const caughtUp = (Date.now() - back) / 1000
      const found = [verdict, alert, notification, sent, caughtUp]
      Object.values(times).forEach((all, i) => all.push(found[i]!))
      say(found.map((s, i) => `${Object.keys(times)[i]}: ${s.toFixed(1)}`).join(', '))
      if (run < world.runs) {
        await goBack(crisis, b, app)
        await pause(CALM)
      }
    }
    const aims: Partial<Record<string, number>> = AIMS
    const entries = Object.entries(times).map(
      ([key, all]) => [`failover.${key}`, figure(all, { unit: 's', aim: aims[key] })] as const,
    )
    return Object.fromEntries(entries)
  } finally {
    await Promise.all([phone.close(), desk.close()])
  }
}
