/** The relays get a new VAPID pair, by the commands that docs/operate.md names: no phone stops ringing on the way. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Deployment } from '../../src/core/deployment.ts'
import { relays } from '../../src/platform/relays.ts'
import { topicOf } from '../../src/server/push/topic.ts'
import { CLI, NODE } from '../../src/stack/paths.ts'
import { allowRinging, appPage, signIn, skipWelcome } from '../support/app-page.ts'
import { closeAfter, launchFirefox, PHONE } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { serversOf } from '../support/pair.ts'
import { logIn, sendAlert } from '../support/rest.ts'
import { ringingPhone } from '../support/ringing-phone.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, STAFF, ABSENT, OLD_APP] = ['d.aydemir', 's.baumann', 'm.brandt', 'l.hansen']
const SITES = ['a', 'b'] as const
/** A relay looks for a newer deployment file once a minute, ms. */
const TAKEN_OVER = 120_000

let crisis: Crisis
beforeAll(async () => {
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
})
afterAll(() => crisis?.stop())

test('PUSH-24, PUSH-25, PUSH-17, PUSH-30: a new key rings whoever has opened the app, the former one all others, until it is ended', async (context) => {
  const { deployment, push, daemon, origin, password } = crisis
  const { dir } = deployment
  const servers = serversOf(dir, deployment)
  const statusOf = (site: 'a' | 'b') => relays.status(servers.site(site).relay, 5_000)

  /** `notanker keys`, then every relay anew with what it has written. */
  async function keys(...change: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(NODE, [CLI, 'keys', join(dir, 'keys'), ...change])
    for (const site of SITES) {
      await deployment.kill(site, 'relay')
      await deployment.start(site)
      await waitFor(`relay ${site}`, async () => (await statusOf(site))?.active_site)
    }
    return (JSON.parse(stdout) as { publicKey: string }).publicKey
  }
  async function announce(vapid_public_key: string): Promise<number> {
    const file = join(dir, 'notanker.json')
    const now = JSON.parse(await readFile(file, 'utf8')) as Deployment
    await writeFile(file, JSON.stringify({ ...now, vapid_public_key, serial: now.serial + 1 }))
    return now.serial + 1
  }

  const manager = await logIn(servers.site('a'), MANAGER, password(MANAGER))
  /** The pushes of one alert that were taken: by channel, the key that each was signed with. */
  async function rung(headline: string, phones: number): Promise<Map<string, string | undefined>> {
    const { id } = await sendAlert(manager, servers.room('Alle Beschäftigten'), { headline })
    // Those before it ring again beside it.
    const taken = () => push.posts.filter(({ status, headers }) => status === 201 && headers.topic === topicOf(id))
    await waitFor(`${phones} phones to ring`, () => new Set(taken().map(({ channel }) => channel)).size === phones)
    return new Map(taken().map(({ channel, headers }) => [channel, /k=(\S+)/.exec(headers.authorization ?? '')?.[1]]))
  }

  const first = deployment.deployment.vapid_public_key!
  const firefox = await launchFirefox({ pushUrl: push.browserUrl, dbusAddress: daemon.address, viewport: PHONE })
  closeAfter(context, firefox, 'phone')
  const app = appPage(await firefox.page(origin))
  await signIn(app, STAFF, password(STAFF))
  await skipWelcome(app)
  await app.tap('Bereitschaft')
  await allowRinging(app, () => firefox.allowNotifications(origin))
  await app.tap('Probealarm senden')
  await daemon.notification('Probealarm')
  await app.page.close()
  // Two more phones that nobody opens; the app on the second is of version 0.1 and tells no key.
  const [absent, oldApp] = [
    await ringingPhone(servers, push, ABSENT, { key: first }),
    await ringingPhone(servers, push, OLD_APP, { key: first }),
  ]
  for (const site of SITES)
    expect([await absent.register(site, first), await oldApp.register(site)]).toEqual(['registered', 'registered'])
  expect([...(await rung('Mit dem ersten Schlüssel', 3)).values()]).toEqual([first, first, first])

  const second = await keys('--rotate')
  expect(second).not.toBe(first)
  expect([...(await rung('Der neue liegt bereit', 3)).values()]).toEqual([first, first, first])

  const serial = await announce(second)
  for (const site of SITES)
    await waitFor(`relay ${site} to follow`, async () => (await statusOf(site))?.serial === serial, TAKEN_OVER)
  expect([...(await rung('Der neue ist angekündigt', 3)).values()]).toEqual([first, first, first])

  const again = appPage(await firefox.page(`${origin}/readiness`))
  const hasNew = async () => [...(await rung('Nach dem Öffnen der App', 3)).values()].includes(second)
  await waitFor('the new subscription', hasNew, TAKEN_OVER)
  await again.page.close()
  const now = await rung('Ein Telefon hat den neuen', 3)
  expect([...now.values()].toSorted()).toEqual([first, first, second].toSorted())
  await daemon.notification('Ein Telefon hat den neuen')

  expect(await keys('--retire')).toBe(second)
  const last = await rung('Nur noch der neue', 1)
  expect([...last.values()]).toEqual([second])
  await daemon.notification('Nur noch der neue')

  // A key that no relay has is not taken over by any.
  await announce(first)
  for (const site of SITES)
    await waitFor(
      `relay ${site} to refuse`,
      async () => /vapid_public_key/.test((await statusOf(site))?.refused_file ?? ''),
      TAKEN_OVER,
    )
}, 900_000)
