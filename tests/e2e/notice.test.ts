/**
 * Answers on the notification, with no window open: the built app, its worker, real sites, real clicks. What was registered
 * is read from a homeserver. Firefox gets its pushes from the relays; what only Chromium has, it is handed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AlertContent } from '../../src/core/alert.ts'
import { TYPE } from '../../src/core/event.ts'
import { pushOfAlert } from '../../src/core/push.ts'
import { ROOM_QUIET } from '../../src/core/room-message.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { allowRinging, appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { closeAfter, evidenceAfter, launchChromium, launchFirefox, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { roomOf, TEAM } from '../support/ready-device.ts'
import { logIn, messagesOf, sendAlert, talliedOf } from '../support/rest.ts'
import { remembered } from '../support/storage.ts'
import { waitFor } from '../support/wait.ts'
import { workerEvents, type WorkerEvents } from '../support/worker-events.ts'

const [MANAGER, STAFF, COLLEAGUE] = ['d.aydemir', 's.baumann', 'k.wolter']
const RESPONSES: AlertContent['responses'] = [
  { key: 'safe', label: 'Bin in Sicherheit', meaning: 'safe' },
  { key: 'coming', label: 'Bin unterwegs', meaning: 'coming' },
  { key: 'help', label: 'Brauche Hilfe', meaning: 'need_help' },
]

let crisis: Crisis
let network: FaultProxy
let manager: Homeserver
beforeAll(async () => {
  ;[crisis, network] = await Promise.all([startCrisis({ failover: { mode: 'confirm' } }), startFaultProxy()])
  manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
})
afterAll(() => Promise.all([crisis?.stop(), network?.close()]))

const alertAll = (headline: string, more: Partial<AlertContent> = {}) =>
  sendAlert(manager, roomOf(crisis, 'Alle Beschäftigten'), { headline, responses: RESPONSES, ...more })
const tallied = (alert: AlertContent) => talliedOf(manager, roomOf(crisis, 'Lagebild'), alert.id)
const standing = (title: string) =>
  waitFor(`“${title}” to stand`, () => crisis.daemon.standing().find((one) => one.title.includes(title)))
const gone = (title: string) =>
  waitFor(`“${title}” to go`, () => !crisis.daemon.standing().some((one) => one.title.includes(title)))

/** No relay can be reached from the phone; pushes come as ever. */
function cutRelays(): void {
  for (const { relay } of crisis.deployment.deployment.sites) network.set({ kind: 'refuse' }, new URL(relay!).host)
}

/** The worker has what it needs to speak to a relay. */
const equipped = ({ page }: AppPage) =>
  waitFor('the worker to be equipped', () =>
    page.evaluate(async () => {
      const asked = indexedDB.open('notanker-inbox')
      const db = await new Promise<IDBDatabase>((resolve) => (asked.onsuccess = () => resolve(asked.result)))
      const row = db.transaction('rows').objectStore('rows').get('access')
      await new Promise((resolve) => (row.onsuccess = resolve))
      db.close()
      return row.result !== undefined
    }),
  )

/** Both relays know this phone as it is since `before`, ms. */
const told = ({ page }: AppPage, before = 0) =>
  waitFor('both relays to be told', async () => {
    const last = await remembered<{ at: number; relays: string[] } | undefined>(page, 'registered')
    return last && last.at > before && last.relays.length === 2
  })

async function phoneOf(browser: TestBrowser, person: string): Promise<AppPage> {
  const app = appPage(await browser.page(crisis.origin))
  await signIn(app, person, crisis.password(person))
  await skipWelcome(app)
  await app.go('/readiness')
  return app
}

describe('Firefox, with no window open', () => {
  let firefox: TestBrowser
  beforeAll(async () => {
    const { push, daemon, origin } = crisis
    firefox = await launchFirefox({ pushUrl: push.browserUrl, dbusAddress: daemon.address, proxy: network })
    const app = await phoneOf(firefox, STAFF)
    await allowRinging(app, () => firefox.allowNotifications(origin))
    await equipped(app)
    await told(app)
    await app.page.close()
  })
  afterAll(() => firefox?.close())

  test('NOTICE-1, NOTICE-2 an answer on the notification is registered, and the app shows it', async (context) => {
    evidenceAfter(context, firefox)
    const alert = await alertAll('Rauch im Untergeschoss')
    const asked = await standing(alert.headline)
    expect(asked.labels.slice(1)).toEqual(['Bin in Sicherheit', 'Brauche Hilfe'])
    crisis.daemon.click(asked, 'Bin in Sicherheit')
    expect(await standing('Registriert um')).toMatchObject({ body: alert.headline, actions: ['default'] })
    expect(await tallied(alert)).toEqual([`${STAFF} safe`])

    const app = appPage(await firefox.page(crisis.origin))
    await app.see('Bin in Sicherheit')
    await app.see('Registriert')
    await gone('Registriert um')
    await app.page.close()
  })

  test('REACH-1, REACH-2, REACH-3 who leads sees on whose screen it was, and who has no device', async (context) => {
    const alert = await alertAll('Kein Strom im Westflügel')
    await standing(alert.headline)
    const chromium = await launchChromium()
    closeAfter(context, chromium, 'manager')
    const app = await phoneOf(chromium, MANAGER)
    await app.go(`/lead/${alert.id}`)
    await app.see('auf dem Bildschirm angezeigt')
    await app.tap('auf dem Bildschirm angezeigt')
    await app.see('Sabine Baumann')
    await app.see('ohne Gerät')
    await app.go('/lead/fleet')
    await app.see('haben ein Gerät, das klingelt')
  })

  test('NOTICE-4 what could not be sent goes out with the next push', async (context) => {
    evidenceAfter(context, firefox)
    const alert = await alertAll('Wasser im Serverraum')
    const asked = await standing(alert.headline)
    cutRelays()
    crisis.daemon.click(asked, 'Brauche Hilfe')
    expect(await standing('Noch nicht gesendet · Brauche Hilfe')).toMatchObject({
      body: `Wird gesendet, sobald es geht.\n${alert.headline}`,
    })
    expect(await tallied(alert)).toEqual([])

    network.heal()
    const next = await alertAll('Pumpe bestellt', { responses: [] })
    await standing(next.headline)
    await standing('Registriert um')
    expect(await tallied(alert)).toEqual([`${STAFF} help`])
  })

  test('NOTICE-5 what could not be sent goes out through the app, once', async (context) => {
    evidenceAfter(context, firefox)
    const alert = await alertAll('Tor klemmt')
    const asked = await standing(alert.headline)
    cutRelays()
    crisis.daemon.click(asked, 'Bin in Sicherheit')
    await standing('Noch nicht gesendet')
    const app = appPage(await firefox.page(`${crisis.origin}/alert/${alert.id}`))
    await app.see('Sie: Bin in Sicherheit')
    await app.seeNot('registriert um')
    network.heal()
    await app.see('registriert um')
    expect(await tallied(alert)).toEqual([`${STAFF} safe`])
    await app.page.close()
  })

  test('NOTICE-6 an all-clear takes the place of its alert, and something stands', async (context) => {
    evidenceAfter(context, firefox)
    const alert = await alertAll('Sturm am Abend')
    await standing(alert.headline)
    await alertAll('Sturm vorbei', { id: alert.id, rev: 1, msg_type: 'AllClear' })
    await standing('ENTWARNUNG · Sturm vorbei')
    await gone(alert.headline)
  })

  test('PUSH-26, PUSH-28, PUSH-29, NOTICE-9 a message rings without its words and goes when it was read; a muted room rings no more', async (context) => {
    evidenceAfter(context, firefox)
    const room = roomOf(crisis, TEAM)
    const say = (body: string) => manager.send(room, 'm.room.message', { msgtype: 'm.text', body }, crypto.randomUUID())
    const rung = () => crisis.daemon.shown.filter(({ title }) => title === TEAM)
    await say('Das Tor ist offen.')
    expect(await standing(TEAM)).toMatchObject({ title: TEAM, body: 'Neue Nachricht' })
    const app = appPage(await firefox.page(`${crisis.origin}/rooms/${encodeURIComponent(room)}`))
    await app.see('Das Tor ist offen.')
    await gone(TEAM)

    const before = Date.now()
    await app.top()
    await app.tap('Raum stumm schalten')
    await app.see('stumm')
    await told(app, before)
    await app.page.close()
    // A room that has just rung is quiet whatever it is.
    await pause(ROOM_QUIET)
    await say('Es ist wieder zu.')
    const marker = await alertAll('Probe beendet', { responses: [] })
    await standing(marker.headline)
    expect(rung()).toHaveLength(1)
  })
})

describe('Chromium', () => {
  let chromium: TestBrowser
  let app: AppPage
  let worker: WorkerEvents
  beforeAll(async () => {
    const { daemon, origin } = crisis
    chromium = await launchChromium({ dbusAddress: daemon.address, proxy: network })
    await chromium.allowNotifications(origin)
    app = await phoneOf(chromium, COLLEAGUE)
    await equipped(app)
    worker = await workerEvents(chromium, origin)
    await app.page.bringToFront()
  })
  afterAll(() => chromium?.close())

  /** As relays push it. */
  async function push(content: AlertContent): Promise<void> {
    const event = await waitFor('the event', async () =>
      (await messagesOf(manager, roomOf(crisis, 'Alle Beschäftigten'))).findLast(
        (one) => (one.content[TYPE.alert] as AlertContent | undefined)?.id === content.id,
      ),
    )
    const { event_id, room_id, sender, origin_server_ts: at } = event
    await worker.push(JSON.stringify(pushOfAlert(crisis.origin, { content, event_id, room_id, sender, at }, 'de')))
  }

  test('NOTICE-4 what could not be sent goes out when the browser knows of a network', async (context) => {
    evidenceAfter(context, chromium)
    await app.go('/imprint.html')
    const alert = await alertAll('Zufahrt gesperrt')
    await push(alert)
    const asked = await standing(alert.headline)
    cutRelays()
    crisis.daemon.click(asked, 'Bin in Sicherheit')
    await standing('Noch nicht gesendet')
    network.heal()
    await worker.sync('answers')
    await standing('Registriert um')
    expect(await tallied(alert)).toEqual([`${COLLEAGUE} safe`])
  })

  test('NOTICE-6 what was answered in the app, or has ended, is no longer asked', async (context) => {
    evidenceAfter(context, chromium)
    await app.go('/')
    await gone('Registriert um')
    const [answered, ended] = [await alertAll('Aufzug steckt'), await alertAll('Strom schwankt')]
    for (const alert of [answered, ended]) {
      await push(alert)
      await standing(alert.headline)
    }
    await app.go(`/alert/${answered.id}`)
    await app.tap('Bin in Sicherheit')
    await app.see('registriert um')
    await gone(answered.headline)
    await alertAll('Strom wieder stabil', { id: ended.id, rev: 1, msg_type: 'AllClear' })
    await gone(ended.headline)

    const update = await alertAll('Aufzug steckt weiter', { id: answered.id, rev: 1, msg_type: 'Update' })
    await app.see(update.headline)
    await push(update)
    await standing(update.headline)
    const other = await alertAll('Fehlalarm')
    await push(other)
    await standing(other.headline)
    await alertAll('War nichts', { id: other.id, rev: 1, msg_type: 'Cancel' })
    await gone(other.headline)
    expect(crisis.daemon.standing().map(({ title }) => title)).toContain(`SCHWERWIEGEND · ${update.headline}`)
  })

  test('NOTICE-7 the number on the icon is what waits, in the app and in the worker', async (context) => {
    evidenceAfter(context, chromium)
    const spy = () => {
      const numbers: number[] = []
      Object.assign(navigator, { setAppBadge: async (count: number) => void numbers.push(count) })
      Object.assign(globalThis, { numbers })
    }
    const last = () => (globalThis as unknown as { numbers: number[] }).numbers.at(-1)
    await app.page.evaluateOnNewDocument(spy)
    await app.go('/')
    const before = await waitFor('a number', () => app.page.evaluate(last))
    await app.go('/imprint.html')
    const background = await chromium.browser.waitForTarget((target) => target.type() === 'service_worker')
    const thread = (await background.worker())!
    await thread.evaluate(spy)
    const alert = await alertAll('Kantine geschlossen')
    await push(alert)
    await waitFor('one more', async () => (await thread.evaluate(last)) === before + 1)
    crisis.daemon.click(await standing(alert.headline), 'Bin in Sicherheit')
    await waitFor('one less', async () => (await thread.evaluate(last)) === before)
  })
})
