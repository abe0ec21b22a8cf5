/** The push subscription in a real Firefox, which a fake could only repeat our guesses about. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'puppeteer-core'
import webpush from 'web-push'
import { closeAfter, launchFirefox, type TestBrowser } from '../support/browsers.ts'
import { bundle } from '../support/bundle.ts'
import { startMiniApp, type MiniApp } from '../support/mini-app.ts'
import { startPushService, type PushService } from '../support/push-service.ts'
import type * as Push from '../../src/platform/push.ts'

let service: PushService
let app: MiniApp
const [first, second] = [webpush.generateVAPIDKeys().publicKey, webpush.generateVAPIDKeys().publicKey]

beforeAll(async () => {
  service = await startPushService()
  app = await startMiniApp({ '/push.js': await bundle('src/platform/push.ts') })
})
afterAll(async () => {
  await Promise.all([service, app].map((part) => part?.close()))
})

/** A page with `push` loaded, and with a worker. */
async function open(firefox: TestBrowser): Promise<Page> {
  const page = await firefox.page(app.origin)
  await page.addScriptTag({ type: 'module', content: "import * as push from '/push.js'; window.push = push" })
  await page.waitForFunction(() => 'push' in window)
  await page.evaluate(() => navigator.serviceWorker.register('/sw.js').then(() => undefined))
  return page
}
type Loaded = Window & { push: typeof Push }
const state = (page: Page) =>
  page.evaluate(() => (window as unknown as Loaded).push.pushState({ ios: false, installed: false }))
const subscribe = (page: Page, key: string) =>
  page.evaluate((vapid) => (window as unknown as Loaded).push.subscribe(vapid), key)
const current = (page: Page) => page.evaluate(() => (window as unknown as Loaded).push.subscription())

test('PUSH-17 a subscription follows the permission, the key of the relays, and the sign-out', async (context) => {
  const firefox = await launchFirefox({ pushUrl: service.browserUrl })
  closeAfter(context, firefox)
  const page = await open(firefox)
  expect(await state(page)).toBe('not_asked')
  await firefox.allowNotifications(app.origin)
  expect(await state(page)).toBe('no_subscription')
  expect(await current(page)).toBeNull()

  const made = await subscribe(page, first)
  expect(made?.endpoint).toContain(service.host)
  expect(await state(page)).toBe('subscribed')
  expect(await current(page)).toEqual(made)
  expect(await subscribe(page, first)).toEqual(made)

  const rotated = await subscribe(page, second)
  expect(rotated?.endpoint).not.toBe(made?.endpoint)
  expect(await current(page)).toEqual(rotated)

  await page.evaluate(() => (window as unknown as Loaded).push.unsubscribe())
  expect(await state(page)).toBe('no_subscription')
})

test('without a push service there is no subscription, and nothing is thrown', async (context) => {
  const firefox = await launchFirefox({ pushUrl: 'ws://127.0.0.1:9/' })
  closeAfter(context, firefox)
  await firefox.allowNotifications(app.origin)
  const page = await open(firefox)
  expect(await subscribe(page, first)).toBeNull()
  expect(await subscribe(page, 'no key')).toBeNull()
})
