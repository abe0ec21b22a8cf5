/** The infrastructure itself, with the smallest app there is: what fails here is not the app's fault. */
import { Agent } from 'node:https'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import webpush, { type PushSubscription } from 'web-push'
import { closeAfter, launchChromium, launchFirefox } from '../support/browsers.ts'
import { startMiniApp, type MiniApp } from '../support/mini-app.ts'
import { startNotificationDaemon, type NotificationDaemon } from '../support/notification-daemon.ts'
import { startPushService, type PushService } from '../support/push-service.ts'
import { waitFor } from '../support/wait.ts'

let daemon: NotificationDaemon
let service: PushService
let app: MiniApp
const vapid = webpush.generateVAPIDKeys()
const other = webpush.generateVAPIDKeys()

beforeAll(async () => {
  daemon = await startNotificationDaemon()
  service = await startPushService()
  app = await startMiniApp()
})
afterAll(async () => {
  await Promise.all([daemon, service, app].map((part) => part?.close()))
})

/** The status that the push service answers. */
async function push(
  subscription: PushSubscription,
  text: string,
  { keys = vapid, topic = undefined as string | undefined } = {},
) {
  const agent = new Agent({ ca: readFileSync(service.caFile) })
  const vapidDetails = { subject: 'mailto:operator@a.example', ...keys }
  try {
    return (await webpush.sendNotification(subscription, text, { vapidDetails, agent, TTL: 600, topic })).statusCode
  } catch (error) {
    return (error as { statusCode: number }).statusCode
  }
}

test('Firefox is pushed to with no page open, shows it, and a click opens the app', async (context) => {
  const firefox = await launchFirefox({ pushUrl: service.browserUrl, dbusAddress: daemon.address })
  closeAfter(context, firefox)
  await firefox.allowNotifications(app.origin)
  const page = await firefox.page(`${app.origin}/?key=${vapid.publicKey}`)
  await page.click('button')
  const made = await waitFor('the subscription', () => page.$eval('output', (output) => output.textContent))
  const subscription = JSON.parse(made) as PushSubscription
  await page.goto('about:blank')

  expect(await push(subscription, 'first')).toBe(201)
  const first = await daemon.notification('first')
  daemon.click(first)
  await waitFor('the window of the click', async () =>
    (await firefox.browser.pages()).some((open) => open.url() === `${app.origin}/clicked`),
  )

  expect(await push(subscription, 'not mine', { keys: other })).toBe(403)
  service.fail([{ status: 503 }])
  expect(await push(subscription, 'busy')).toBe(503)

  service.cut()
  expect(await push(subscription, 'sent while the line was cut')).toBe(201)
  await daemon.notification('sent while the line was cut')

  service.end(subscription.endpoint)
  expect(await push(subscription, 'too late')).toBe(410)
  expect(daemon.shown.map((one) => one.title)).toEqual(['first', 'sent while the line was cut'])
})

test('Firefox that was closed gets the newest message of a topic when it is back', async (context) => {
  const profile = mkdtempSync(join(tmpdir(), 'notanker-profile-'))
  context.onTestFinished(() => rmSync(profile, { recursive: true, force: true }))
  const options = { profile, pushUrl: service.browserUrl, dbusAddress: daemon.address }
  const before = await launchFirefox(options)
  closeAfter(context, before)
  await before.allowNotifications(app.origin)
  const page = await before.page(`${app.origin}/?key=${vapid.publicKey}`)
  await page.click('button')
  const made = await waitFor('the subscription', () => page.$eval('output', (output) => output.textContent))
  const subscription = JSON.parse(made) as PushSubscription
  await before.close()

  expect(await push(subscription, 'older', { topic: 'one' })).toBe(201)
  expect(await push(subscription, 'newer', { topic: 'one' })).toBe(201)
  closeAfter(context, await launchFirefox(options))
  await daemon.notification('newer')
  expect(daemon.shown.map((one) => one.title)).not.toContain('older')
})

test("Chromium, of a phone's size, shows a notification that can be clicked", async (context) => {
  const chromium = await launchChromium({ dbusAddress: daemon.address })
  closeAfter(context, chromium)
  await chromium.allowNotifications(app.origin)
  const page = await chromium.page(app.origin)
  expect(await page.evaluate(() => [innerWidth, navigator.maxTouchPoints > 0])).toEqual([390, true])
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/sw.js')
    await (await navigator.serviceWorker.ready).showNotification('from Chromium')
  })
  daemon.click(await daemon.notification('from Chromium'))
  await waitFor('the window of the click', async () =>
    (await chromium.browser.pages()).some((open) => open.url() === `${app.origin}/clicked`),
  )
})
