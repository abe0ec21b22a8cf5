/** Real browsers, headless, each with a profile, a size and a certain end. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestContext } from 'vitest'
import puppeteer, { type Browser, type LaunchOptions as Launch, type Page, type Viewport } from 'puppeteer-core'
import { listenTo, saveEvidence } from './evidence.ts'
import { endProcess } from './process.ts'
import { program } from './programs.ts'

export const PHONE: Viewport = { width: 390, height: 844 }
export const DESKTOP: Viewport = { width: 1280, height: 800 }

/** The language of the people in the tests: the app's source. */
const LANGUAGE = 'de-DE'
/** A browser that does not close itself within this time, ms, is ended. */
const CLOSING = 10_000

export interface LaunchOptions {
  /** A folder that outlives the browser; without it, one that is removed with it. */
  profile?: string
  viewport?: Viewport
  /** Of a notification daemon. Without it notifications are not shown anywhere, but the browser behaves as if. */
  dbusAddress?: string
  /** Everything, also to loopback, goes through this proxy (tests/support/fault-proxy.ts). */
  proxy?: { port: number }
  args?: string[]
}

export interface TestBrowser {
  browser: Browser
  profile: string
  /** A new page of the given size, at `url` if there is one; a tab of the last window, or a window beside it. */
  page(url?: string, where?: { beside: boolean }): Promise<Page>
  /** Lets pages of this origin show notifications without being asked. */
  allowNotifications(origin: string): Promise<void>
  /** As in the settings of the browser or the device. */
  forbidNotifications(origin: string): Promise<void>
  /** Picture, text and console of all pages, into test-results/. */
  evidence(name: string): Promise<void>
  /** As a person closes it. */
  close(): Promise<void>
  /** As the system ends it: SIGKILL, nothing gets to say good-bye. */
  kill(): Promise<void>
}

async function launch(
  options: LaunchOptions,
  more: Launch,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<TestBrowser> {
  const profile = options.profile ?? mkdtempSync(join(tmpdir(), 'notanker-browser-'))
  const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = process.env
  const browser = await puppeteer.launch({
    headless: true,
    userDataDir: profile,
    defaultViewport: options.viewport ?? PHONE,
    env: options.dbusAddress ? { ...env, DBUS_SESSION_BUS_ADDRESS: options.dbusAddress } : env,
    ...more,
  })
  // Also windows that the app opens, by a click on a notification for instance.
  browser.on('targetcreated', (target) => {
    if (target.type() === 'page') void target.page().then((page) => page && listenTo(page))
  })
  const child = browser.process()!
  async function kill(): Promise<void> {
    await endProcess(child, { group: true })
    if (!options.profile) rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  return {
    browser,
    profile,
    async page(url, where) {
      const page = await browser.newPage({ type: where?.beside ? 'window' : 'tab' })
      listenTo(page)
      await prepare(page)
      if (url) await page.goto(url)
      return page
    },
    allowNotifications: (origin) => browser.defaultBrowserContext().overridePermissions(origin, ['notifications']),
    forbidNotifications: (origin) => browser.defaultBrowserContext().overridePermissions(origin, []),
    evidence: async (name) => saveEvidence(await browser.pages(), name),
    async close() {
      await Promise.race([browser.close().catch(() => undefined), pause(CLOSING, undefined, { ref: false })])
      await kill()
    },
    kill,
  }
}

export interface ChromiumOptions extends LaunchOptions {
  /** The push service stand-in, in place of Google's. */
  push?: { chromiumArgs: string[]; endpoints: string }
}

/** In the page: Chromium names its subscriptions at Google, and they are at `endpoints`. */
function renameEndpoints(endpoints: string): void {
  const { toJSON } = PushSubscription.prototype
  const renamed = (subscription: PushSubscription) => {
    const json = toJSON.call(subscription)
    return { ...json, endpoint: endpoints + json.endpoint!.split('/').at(-1)! }
  }
  Object.defineProperties(PushSubscription.prototype, {
    toJSON: {
      value(this: PushSubscription) {
        return renamed(this)
      },
    },
    endpoint: {
      get(this: PushSubscription) {
        return renamed(this).endpoint
      },
    },
  })
}

/** The person's own decision, which a Chromium that is started with this profile finds: it forgets what a test allows. */
export function keepAllowed(profile: string, origin: string): void {
  const file = join(profile, 'Default', 'Preferences')
  const settings = JSON.parse(readFileSync(file, 'utf8')) as { profile: { content_settings: { exceptions: object } } }
  Object.assign(settings.profile.content_settings.exceptions, { notifications: { [`${origin},*`]: { setting: 1 } } })
  writeFileSync(file, JSON.stringify(settings))
}

export function launchChromium(options: ChromiumOptions = {}): Promise<TestBrowser> {
  // Chromium's sandbox refuses to run as root, as containers and CI machines do.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const still = ['--disable-background-networking', '--disable-dev-shm-usage', `--accept-lang=${LANGUAGE}`]
  const proxy = options.proxy
    ? [`--proxy-server=socks5://127.0.0.1:${options.proxy.port}`, '--proxy-bypass-list=<-loopback>']
    : []
  const { push } = options
  const args = [...sandbox, ...still, ...proxy, ...(push?.chromiumArgs ?? []), ...(options.args ?? [])]
  const viewport = options.viewport ?? PHONE
  const touch = viewport.width < 600 ? { isMobile: true, hasTouch: true } : {}
  const more = { browser: 'chrome', executablePath: program('chromium'), args } as const
  return launch({ ...options, viewport: { ...touch, ...viewport } }, more, async (page) => {
    if (push) await page.evaluateOnNewDocument(renameEndpoints, push.endpoints)
  })
}

export interface FirefoxOptions extends LaunchOptions {
  /** `browserUrl` of the push service stand-in. */
  pushUrl?: string
  /** Preferences of its own. */
  prefs?: Record<string, unknown>
}

export function launchFirefox(options: FirefoxOptions = {}): Promise<TestBrowser> {
  const push = options.pushUrl && {
    'dom.push.serverURL': options.pushUrl,
    'dom.push.testing.allowInsecureServerURL': true,
    // Off under remote control; without it: "Error retrieving push subscription".
    'dom.push.connection.enabled': true,
    'dom.push.retryBaseInterval': 300,
  }
  const proxy = options.proxy && {
    'network.proxy.type': 1,
    'network.proxy.socks': '127.0.0.1',
    'network.proxy.socks_port': options.proxy.port,
    'network.proxy.socks_version': 5,
    'network.proxy.socks5_remote_dns': true,
    'network.proxy.socks_remote_dns': true,
    'network.proxy.no_proxies_on': '',
    'network.proxy.allow_hijacking_localhost': true,
  }
  const extraPrefsFirefox = {
    ...push,
    ...proxy,
    'intl.accept_languages': LANGUAGE,
    // As on a phone: they take no room.
    'ui.useOverlayScrollbars': 1,
    // Without a daemon showNotification would be rejected.
    'alerts.useSystemBackend': options.dbusAddress !== undefined,
    // Its question for lasting storage has nobody to answer it, and would be open for ever.
    'dom.storageManager.prompt.testing': true,
    'dom.storageManager.prompt.testing.allow': true,
    ...options.prefs,
  }
  const executablePath = program('firefox')
  return launch(options, { browser: 'firefox', executablePath, extraPrefsFirefox, args: options.args ?? [] })
}

/** Saves evidence after the test if it has failed. */
export function evidenceAfter({ onTestFinished, task }: TestContext, browser: TestBrowser, whose = 'page'): void {
  onTestFinished(async () => {
    if (task.result?.state === 'fail') await browser.evidence(`${whose} ${task.name}`)
  })
}

/** Closes the browser after the test, and saves evidence before if the test has failed. */
export function closeAfter(context: TestContext, browser: TestBrowser, whose = 'page'): void {
  context.onTestFinished(() => browser.close())
  // The last to be named is the first to be done.
  evidenceAfter(context, browser, whose)
}
