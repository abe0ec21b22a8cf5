/** The shipped service worker in real browsers, with the smallest page there is. */
import { Agent } from 'node:https'
import { readFileSync } from 'node:fs'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Page } from 'puppeteer-core'
import webpush, { type PushSubscription } from 'web-push'
import { closeAfter, launchChromium, launchFirefox } from '../support/browsers.ts'
import { bundle, bundleWorker } from '../support/bundle.ts'
import { startMiniApp, type MiniApp } from '../support/mini-app.ts'
import { startNotificationDaemon } from '../support/notification-daemon.ts'
import { startPushService } from '../support/push-service.ts'
import { waitFor } from '../support/wait.ts'
import { ALERT, alertText } from '../unit/sw/samples.ts'

const KEPT = [
  { url: 'index.html', revision: '1' },
  { url: 'large.js', revision: '1' },
]
const DEPLOYMENT = JSON.stringify({
  v: 1,
  serial: 7,
  app: 'https://app.example',
  agency: { name: 'Musteramt', short: 'MA' },
  space: '!space:a.example',
  sites: [{ id: 'a', name: 'A', server_name: 'a.example', homeserver: 'https://matrix.a.example' }],
})

let worker: string
let inbox: string
let app: MiniApp
beforeAll(async () => {
  worker = await bundleWorker(KEPT)
  inbox = await bundle('src/platform/inbox-window.ts')
})
beforeEach(async () => {
  const large = `// ${'x'.repeat(500_000)}`
  app = await startMiniApp({ '/sw.js': worker, '/inbox.js': inbox, '/large.js': large, '/notanker.json': DEPLOYMENT })
})
afterEach(() => app.close())

/** Registers and waits until the worker has the page; false when the install has failed. */
const install = (page: Page) =>
  page.evaluate(async () => {
    const { installing, active } = await navigator.serviceWorker.register('/sw.js')
    const done = Promise.withResolvers<boolean>()
    if (navigator.serviceWorker.controller && active) done.resolve(true)
    navigator.serviceWorker.addEventListener('controllerchange', () => done.resolve(true))
    installing?.addEventListener('statechange', () => installing.state === 'redundant' && done.resolve(false))
    return done.promise
  })
const text = (page: Page, url: string) =>
  page.evaluate((asked) => fetch(asked).then((response) => response.text()), url)

for (const launch of [launchFirefox, launchChromium])
  test(`${launch.name}: once installed, everything starts without the host`, async (context) => {
    const browser = await launch()
    closeAfter(context, browser)
    const page = await browser.page(app.origin)
    expect(await install(page)).toBe(true)
    expect(await text(page, '/notanker.json')).toBe(DEPLOYMENT)
    app.files['/notanker.json'] = '<title>Log in</title>'
    expect(await text(page, '/notanker.json')).toBe(DEPLOYMENT)
    await app.close()

    const later = await browser.page(`${app.origin}/alert/${ALERT}`)
    expect(await later.title()).toBe('mini')
    expect(await text(later, '/large.js')).toHaveLength(500_003)
    expect(await text(later, '/notanker.json')).toBe(DEPLOYMENT)
  })

for (const launch of [launchFirefox, launchChromium])
  test(`${launch.name}: a download that breaks off is not taken for an install, and the next load goes on`, async (context) => {
    const browser = await launch()
    closeAfter(context, browser)
    app.cut.add('/large.js')
    const page = await browser.page(app.origin)
    expect(await install(page)).toBe(false)
    await page.reload()
    expect(await install(page)).toBe(true)
    expect(app.asked.get('/large.js')).toBe(2)
    await app.close()
    expect(await text(page, '/large.js')).toHaveLength(500_003)
  })

test('a new worker waits until the page says so, and then takes every window', async (context) => {
  const firefox = await launchFirefox()
  closeAfter(context, firefox)
  const page = await firefox.page(app.origin)
  expect(await install(page)).toBe(true)
  app.files['/sw.js'] = `${worker}\n// next`
  const changed = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    const found = Promise.withResolvers<ServiceWorker>()
    registration.addEventListener('updatefound', () => found.resolve(registration.installing!))
    await registration.update()
    const next = await found.promise
    const waits = Promise.withResolvers<void>()
    next.addEventListener('statechange', () => next.state === 'installed' && waits.resolve())
    if (next.state !== 'installed') await waits.promise
    const before = navigator.serviceWorker.controller !== next && registration.waiting === next
    const change = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve))
    next.postMessage({ type: 'SKIP_WAITING' })
    await change
    return { before, after: navigator.serviceWorker.controller === next }
  })
  expect(changed).toEqual({ before: true, after: true })
})

test('an alert is shown, waits in the inbox, and a click brings the window to its place', async (context) => {
  const [daemon, service] = [await startNotificationDaemon(), await startPushService()]
  context.onTestFinished(async () => void (await Promise.all([daemon.close(), service.close()])))
  const firefox = await launchFirefox({ pushUrl: service.browserUrl, dbusAddress: daemon.address })
  closeAfter(context, firefox)
  await firefox.allowNotifications(app.origin)
  const keys = webpush.generateVAPIDKeys()
  const page = await firefox.page(`${app.origin}/?key=${keys.publicKey}`)
  await page.click('button')
  const made = await waitFor('the subscription', () => page.$eval('output', (output) => output.textContent))
  const push = (body: string) =>
    webpush.sendNotification(JSON.parse(made) as PushSubscription, body, {
      vapidDetails: { subject: 'mailto:operator@a.example', ...keys },
      agent: new Agent({ ca: readFileSync(service.caFile) }),
    })
  await page.addScriptTag({
    type: 'module',
    content: `import { openWindowInbox } from '/inbox.js'
      window.links = []
      window.inbox = openWindowInbox()
      inbox.onChange(async () => { const link = await inbox.takeDeepLink(); if (link) links.push(link) })`,
  })
  await page.waitForFunction(() => 'inbox' in window)

  await push(alertText().replaceAll('https://app.example', app.origin))
  daemon.click(await daemon.notification('Gebäude Ruhrstraße räumen'))
  const links = () => page.evaluate(() => (window as unknown as { links: string[] }).links)
  await waitFor('the link', async () => (await links()).length)
  expect(await links()).toEqual([`/alert/${ALERT}`])

  await page.close()
  await push('unreadable')
  await daemon.notification('Neue Nachricht von Notanker')
  await push(alertText({ rev: 1, headline: 'Sammelplatz verlegt' }).replaceAll('https://app.example', app.origin))
  daemon.click(await daemon.notification('Sammelplatz verlegt'))
  await waitFor('the window of the click', async () =>
    (await firefox.browser.pages()).some((open) => open.url() === `${app.origin}/alert/${ALERT}`),
  )
})
