/** One device with several windows of the app, and which of them syncs: read from the network, whatever the app says of itself. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'puppeteer-core'
import { appPage, type AppPage } from './app-page.ts'
import type { TestBrowser } from './browsers.ts'
import type { FaultProxy } from './fault-proxy.ts'
import { waitFor } from './wait.ts'

export interface AppWindow extends AppPage {
  readonly name: string
  /** When it asked its homeserver for what comes next, ms since 1970. */
  readonly polls: number[]
}

/** A request for what comes next, that stays open until something does. */
const isLongPoll = (url: string) => /\/sync\?.*\btimeout=[1-9]/.test(url)

export class Windows {
  readonly all: AppWindow[] = []
  readonly #browser: TestBrowser
  readonly #network: FaultProxy
  readonly #origin: string
  readonly #say: (text: string) => Promise<unknown>
  #lastPoll: AppWindow | null = null

  /** `browser` goes through `network`. `say`: somebody else says it in a room that every window shows. */
  constructor(browser: TestBrowser, network: FaultProxy, origin: string, say: (text: string) => Promise<unknown>) {
    this.#browser = browser
    this.#network = network
    this.#origin = origin
    this.#say = say
  }

  async #add(name: string, page: Page, path: string): Promise<AppWindow> {
    const window: AppWindow = { ...appPage(page), name, polls: [] }
    page.on('request', (request) => {
      if (request.method() !== 'GET' || !isLongPoll(request.url())) return
      window.polls.push(Date.now())
      this.#lastPoll = window
    })
    await page.goto(this.#origin + path)
    this.all.push(window)
    return window
  }

  /** In front of the window that is in front. */
  tab = async (name: string, path: string) => this.#add(name, await this.#browser.page(), path)
  /** Beside the others, as on a second screen. */
  beside = async (name: string, path: string) =>
    this.#add(name, await this.#browser.page(undefined, { beside: true }), path)

  /** The window whose question is open, where there is one and no other. */
  syncing(): AppWindow | null {
    return this.#network.waiting().filter(isLongPoll).length === 1 ? this.#lastPoll : null
  }

  /**
   * Waits until it syncs; returns the names of those that still do. What somebody says is the answer to every question
   * that is open, and the next one follows.
   */
  async syncingOnce(window: AppWindow): Promise<string[]> {
    const syncs = () => this.syncing() === window
    await waitFor(`${window.name} to sync`, syncs)
    const before = new Map(this.all.map((each) => [each, each.polls.length]))
    const asked = (each: AppWindow) => each.polls.length > before.get(each)!
    const call = `Rundruf ${randomUUID()}`
    await this.#say(call)
    for (const each of this.all) await each.see(call)
    await waitFor('the next question', () => asked(window) && syncs())
    return this.all.filter(asked).map(({ name }) => name)
  }

  async end(window: AppWindow, how: () => Promise<unknown> = () => window.page.close()): Promise<void> {
    this.all.splice(this.all.indexOf(window), 1)
    await how()
  }
}
