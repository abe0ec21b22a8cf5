/**
 * What rings a phone, and what only its own push client can show: stock Firefox and stock Chromium, each with the push
 * service that it knows, real sites, real clicks; and a push service that answers relays as it should not.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import type { AlertContent } from '../../src/core/alert.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { relays } from '../../src/platform/relays.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { topicOf } from '../../src/server/push/topic.ts'
import { portsFrom } from '../../src/stack/ports.ts'
import { allowRinging, appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { evidenceAfter, keepAllowed, launchChromium, launchFirefox, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import type { Fault } from '../support/faults.ts'
import { freeBase } from '../support/ports.ts'
import type { Trouble } from '../support/push-service.ts'
import { roomOf } from '../support/ready-device.ts'
import { logIn, sendAlert } from '../support/rest.ts'
import { remembered } from '../support/storage.ts'
import { waitFor } from '../support/wait.ts'

const MANAGER = 'd.aydemir'

let crisis: Crisis
let manager: Homeserver
/** Between the relays. */
let lines: FaultProxy
beforeAll(async () => {
  lines = await startFaultProxy()
  const port = await freeBase()
  const { sites } = portsFrom(port)
  const open = async (id: 'a' | 'b') =>
    `http://127.0.0.1:${await lines.door({ host: '127.0.0.1', port: sites[id].relay })}`
  const doors: Record<string, string> = { a: await open('a'), b: await open('b') }
  const forRelays = (file: Deployment, self: string): Deployment => ({
    ...file,
    sites: file.sites.map((site) => ({ ...site, relay: site.id === self ? site.relay! : doors[site.id]! })),
    monitors: file.monitors.map(({ id, url }) => ({ id, url: id === self ? url : (doors[id] ?? url) })),
  })
  crisis = await startCrisis({ port, forRelays, failover: { mode: 'confirm' } })
  manager = await logIn(crisis.deployment.describe().sites[0]!, MANAGER, crisis.password(MANAGER))
})
afterAll(async () => {
  await crisis?.stop()
  await lines?.close()
})

/** Whether each relay hears of the other. */
async function hear(each: boolean): Promise<void> {
  const checks = crisis.deployment.describe().sites.map(async ({ id, relay }) => {
    const other = id === 'a' ? 'b' : 'a'
    await waitFor(`${id} to hear ${each ? '' : 'nothing '}of ${other}`, async () => {
      const status = await relays.status(relay, 5_000)
      return status?.sites[other]?.checks?.relay === each
    })
  })
  await Promise.all(checks)
}
async function partRelays(context: TestContext): Promise<void> {
  lines.set({ kind: 'refuse' })
  context.onTestFinished(async () => {
    lines.heal()
    await hear(true)
  })
  await hear(false)
}

const alertAll = (headline: string, more: Partial<AlertContent> = {}) =>
  sendAlert(manager, roomOf(crisis, 'Alle Beschäftigten'), { headline, ...more })
const update = ({ id }: AlertContent, headline: string, rev = 1, msg_type: AlertContent['msg_type'] = 'Update') =>
  alertAll(headline, { id, rev, msg_type })

const titles = () => crisis.daemon.standing().map(({ title }) => title)
const standing = ({ headline }: AlertContent) =>
  waitFor(`“${headline}” to stand`, () => crisis.daemon.standing().find(({ title }) => title.endsWith(headline)))
const shown = ({ headline }: AlertContent) => crisis.daemon.shown.filter(({ title }) => title.endsWith(headline))
/** How often it made a sound. */
const rings = (alert: AlertContent) => shown(alert).filter(({ silent }) => !silent).length

/** What the push service was told of an alert, and has answered, in that order. */
const statuses = ({ id }: AlertContent, endpoint: string) =>
  crisis.push.posts
    .filter(({ channel, headers }) => endpoint.endsWith(channel) && headers.topic === topicOf(id))
    .map(({ status }) => status)
const pushed = (alert: AlertContent, endpoint: string, count = 1) =>
  waitFor(`${count} pushes of “${alert.headline}”`, () => statuses(alert, endpoint).length >= count)

interface Kind {
  person: string
  /** With this profile. */
  launch(profile: string, network: FaultProxy): Promise<TestBrowser>
  /** Without a network. Chromium takes its time to connect anew, so its own only stops. */
  away: Fault
}
const FIREFOX: Kind = {
  person: 's.baumann',
  launch: (profile, proxy) =>
    launchFirefox({ profile, proxy, pushUrl: crisis.push.browserUrl, dbusAddress: crisis.daemon.address }),
  away: { kind: 'refuse' },
}
const CHROMIUM: Kind = {
  person: 'k.wolter',
  launch: (profile, proxy) => launchChromium({ profile, proxy, push: crisis.push, dbusAddress: crisis.daemon.address }),
  away: { kind: 'stall' },
}

const endpointOf = async ({ page }: AppPage): Promise<string> =>
  (await remembered<{ endpoint: string }>(page, 'registered')).endpoint

/** Its push has been proven, and no page is open. */
async function readyPhone({ person, launch }: Kind) {
  const [network, profile] = [await startFaultProxy(), mkdtempSync(join(tmpdir(), 'notanker-phone-'))]
  const browser = await launch(profile, network)
  const app = appPage(await browser.page(crisis.origin))
  await signIn(app, person, crisis.password(person))
  await skipWelcome(app)
  await app.go('/readiness')
  await allowRinging(app, () => browser.allowNotifications(crisis.origin))
  await app.tap('Probealarm senden')
  await app.see('Probealarm empfangen')
  const phone = { network, profile, browser, endpoint: await endpointOf(app) }
  await app.page.close()
  return phone
}
type Phone = Awaited<ReturnType<typeof readyPhone>>

async function putAway(phone: Phone | undefined): Promise<void> {
  if (!phone) return
  await phone.browser.close()
  await phone.network.close()
  rmSync(phone.profile, { recursive: true, force: true, maxRetries: 5 })
}

describe.each([
  ['Firefox', FIREFOX],
  ['Chromium', CHROMIUM],
])('%s', (name, kind) => {
  let phone: Phone
  beforeAll(async () => {
    phone = await readyPhone(kind)
  })
  afterAll(() => putAway(phone))

  /** The window that a click on a notification opens. */
  async function opened(alert: AlertContent): Promise<AppPage> {
    crisis.daemon.click(await standing(alert))
    const at = async () =>
      (await phone.browser.browser.pages()).find((page) => page.url().endsWith(`/alert/${alert.id}`))
    return appPage(await waitFor('the window of the click', at))
  }

  test('PUSH-13, PUSH-15, NOTICE-6 no page is open: an update takes the place of its alert, a click opens the very one, an all-clear takes its place', async (context) => {
    evidenceAfter(context, phone.browser)
    const [alert, other] = [await alertAll(`Rauch im Keller, ${name}`), await alertAll(`Wasser im Archiv, ${name}`)]
    await Promise.all([standing(alert), standing(other)])
    const later = await update(alert, `Rauch im Erdgeschoss, ${name}`)
    await standing(later)
    expect(titles()).not.toContain(`SCHWERWIEGEND · ${alert.headline}`)
    for (const one of [later, other]) {
      const app = await opened(one)
      await app.see(one.headline)
      await app.page.close()
    }
    const last = await update(alert, `Rauch im Treppenhaus, ${name}`, 2)
    await standing(last)
    await standing(await update(alert, `Rauch abgezogen, ${name}`, 3, 'AllClear'))
    expect(titles()).not.toContain(`SCHWERWIEGEND · ${last.headline}`)
  })

  test('PUSH-3, ALERT-4 as long as an alert may be, in four languages: it rings cut to what a push holds, and the app has every word', async (context) => {
    evidenceAfter(context, phone.browser)
    const instruction = `${'Räumen 👩🏽‍🚒 '.repeat(130)}Bis zum letzten Wort.`
    const next_step = `${'Gehen '.repeat(45)}hinaus.`
    const [en, tr, ar] = ['Leave. ', 'Çıkın. ', 'غادروا. '].map((word) => word.repeat(240))
    const headline = `Alles auf einmal, ${name}`
    const info = Object.entries({ en, tr, ar }).map(([lang, text]) => ({
      lang,
      headline,
      instruction: text!,
      next_step,
    }))
    const alert = await alertAll(headline, { instruction, next_step, info })
    const { body } = await standing(alert)
    expect(body).toContain(next_step)
    const { bytes } = crisis.push.posts.findLast(({ headers }) => headers.topic === topicOf(alert.id))!
    expect(bytes).toBeLessThanOrEqual(4096)
    const app = await opened(alert)
    await app.see('Bis zum letzten Wort.')
    await app.page.close()
  })

  test('PUSH-8 a browser that was closed shows the newest revision, once', async (context) => {
    await phone.browser.close()
    const alert = await alertAll(`Strom weg, ${name}`)
    await pushed(alert, phone.endpoint)
    const later = await update(alert, `Strom wieder da, ${name}`)
    await pushed(later, phone.endpoint, 2)
    if (kind === CHROMIUM) keepAllowed(phone.profile, crisis.origin)
    phone.browser = await kind.launch(phone.profile, phone.network)
    evidenceAfter(context, phone.browser)
    await standing(later)
    expect([shown(alert).length, rings(later)]).toEqual([0, 1])
  })

  test('PUSH-1, PUSH-31 two relays ring at once: a phone rings once, at home and when it is back from where no network is', async (context) => {
    evidenceAfter(context, phone.browser)
    await partRelays(context)
    const alert = await alertAll(`Tor klemmt, ${name}`)
    await pushed(alert, phone.endpoint, 2)
    await waitFor('both copies', () => shown(alert).length === 2)
    phone.network.set(kind.away)
    const other = await alertAll(`Aufzug steckt, ${name}`)
    await pushed(other, phone.endpoint, 2)
    phone.network.heal()
    await standing(other)
    await standing(await alertAll(`Aufzug läuft, ${name}`))
    expect([rings(alert), rings(other)]).toEqual([1, 1])
    for (const { headline } of [alert, other])
      expect(titles().filter((title) => title.endsWith(headline))).toHaveLength(1)
  })

  test('PUSH-16, PUSH-17, PUSH-32 a push service that has forgotten the phone: it rings again by what the app does', async (context) => {
    evidenceAfter(context, phone.browser)
    const before = phone.endpoint
    let app: AppPage
    if (kind === FIREFOX) {
      // It is told, and tells the app.
      app = appPage(await phone.browser.page(crisis.origin))
      crisis.push.forgetBrowsers()
    } else {
      crisis.push.end(before)
      const unheard = await alertAll(`Heizung aus, ${name}`)
      await pushed(unheard, before)
      app = appPage(await phone.browser.page(crisis.origin))
      await standing(unheard)
    }
    await waitFor('another subscription', async () => (await endpointOf(app)) !== before)
    phone.endpoint = await endpointOf(app)
    await app.page.close()
    await standing(await alertAll(`Heizung an, ${name}`))
  })

  test('READY-1, PUSH-17, PUSH-30 a permission that is withdrawn: Bereitschaft says so; given again, the phone is rung for what it missed', async (context) => {
    evidenceAfter(context, phone.browser)
    const app = appPage(await phone.browser.page(`${crisis.origin}/readiness`))
    await app.see('Klingeln')
    await phone.browser.forbidNotifications(crisis.origin)
    await app.page.reload()
    await app.see('Das Klingeln ist gesperrt')
    // Chromium looks at the permission when something comes.
    await alertAll(`Schnee fällt, ${name}`)
    await waitFor('the browser to give it up', () => !crisis.push.holds(phone.endpoint))
    const missed = await alertAll(`Schnee liegt, ${name}`)
    await phone.browser.allowNotifications(crisis.origin)
    await app.page.reload()
    await standing(missed)
    await app.see('Probealarm senden')
    await app.page.close()
    expect(rings(missed)).toBe(1)
  })
})

describe('a push service in trouble', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await readyPhone({ ...FIREFOX, person: 'm.brandt' })
  })
  afterAll(() => putAway(phone))

  test('PUSH-6, PUSH-7, PUSH-31 refuses for a while, says when to come back, or says nothing: every alert rings once', async () => {
    const troubles: [string, Trouble[]][] = [
      ['Eins', [{ status: 503 }]],
      ['Zwei', [{ status: 500 }, { status: 503 }]],
      ['Drei', [{ status: 429, retryAfter: 1 }]],
      ['Vier', ['silence']],
      ['Fünf', ['taken_in_silence']],
    ]
    const sent = troubles.map(async ([headline, trouble]) => {
      const id = crypto.randomUUID()
      crisis.push.fail(trouble, { endpoint: phone.endpoint, topic: topicOf(id) })
      return alertAll(headline, { id })
    })
    const alerts = await Promise.all(sent)
    for (const alert of alerts) await standing(alert)
    await pushed(alerts.at(-1)!, phone.endpoint, 2)
    await waitFor('the copy', () => shown(alerts.at(-1)!).length === 2)
    expect(alerts.map((alert) => statuses(alert, phone.endpoint))).toEqual([
      [503, 201],
      [500, 503, 201],
      [429, 201],
      [0, 201],
      [201, 201],
    ])
    expect(alerts.map(rings)).toEqual([1, 1, 1, 1, 1])
  })

  test.each([404, 410])(
    'PUSH-6, PUSH-30, PUSH-32 says %i: the next look at the app makes it ring, once, and it rings from then on',
    async (status) => {
      const id = crypto.randomUUID()
      crisis.push.fail([{ status }], { endpoint: phone.endpoint, topic: topicOf(id) })
      const alert = await alertAll(`Abgemeldet ${status}`, { id })
      await pushed(alert, phone.endpoint)
      const app = appPage(await phone.browser.page(crisis.origin))
      await standing(alert)
      phone.endpoint = await endpointOf(app)
      await app.page.close()
      const next = await alertAll(`Wieder da ${status}`)
      await standing(next)
      expect([rings(alert), rings(next)]).toEqual([1, 1])
    },
  )
})
