/** One person of the run: a browser with a profile and a network of its own, used through the screen as people use it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appPage, signIn, skipWelcome, type AppPage } from '../support/app-page.ts'
import { launchChromium, type TestBrowser } from '../support/browsers.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { waitFor } from '../support/wait.ts'
import { ALERT_ROOM, type Answer } from './schedule.ts'
import { watch, type Sight } from './watch.ts'

/** As the buttons call them. */
const WORDS: Record<Answer, string> = { safe: 'Bin in Sicherheit', help: 'Brauche Hilfe', away: 'Nicht im Haus' }
/** As little as a browser can be asked to do. */
const LIGHT = ['--disable-gpu', '--disable-extensions', '--mute-audio', '--renderer-process-limit=1']
/** How long to look for what other people's deeds have to bring, ms. */
const FOR_OTHERS = 90_000

export interface Surroundings {
  origin: string
  name: string
  password: string
  /** Ids of the rooms by their titles. */
  rooms: ReadonlyMap<string, string>
  saw: (sight: Sight) => void
}

export interface Person {
  proxy: FaultProxy
  say(room: string, text: string): Promise<void>
  /** Sends an alert through the composer. */
  alert(headline: string): Promise<void>
  /** Answers the alert of that headline, or answers it anew; the stamp of the answer. */
  answer(headline: string, key: Answer): Promise<number>
  /** SIGKILL; `back` starts the browser again. */
  kill(): Promise<void>
  back(): Promise<void>
  reload(): Promise<void>
  /** Whether the outbox says that everything has been sent. */
  isDone(): Promise<boolean>
  /** Goes to the room; what was seen of it comes by `saw`. */
  visit(room: string): Promise<void>
  /** What the room shows now, from its first line on. */
  see(room: string): Promise<Extract<Sight, { kind: 'room' }>>
  evidence(name: string): Promise<void>
  close(): Promise<void>
}

/**
 * Another screen without loading anything, as by the browser's own buttons, until it is there: an app that has just begun
 * to start goes to where it was opened.
 */
async function turnTo({ page }: AppPage, path: string, sign: string): Promise<void> {
  await waitFor(`${sign} at ${path}`, () =>
    page
      .evaluate(
        (to, selector) => {
          if (location.pathname === to) return document.querySelector(selector) !== null
          history.pushState(null, '', to)
          dispatchEvent(new PopStateEvent('popstate', { state: null }))
          return false
        },
        path,
        sign,
      )
      .catch(() => false),
  )
}

/** Whatever the app asks or tells in a sheet is read and put away. */
async function putAwaySheets({ page }: AppPage): Promise<void> {
  await waitFor('no sheet', async () => {
    const isOpen = await page.$('dialog[open]')
    if (isOpen) await page.keyboard.press('Escape')
    return !isOpen
  })
}

/** As one scrolls up: a room shows its newest lines, and older ones of the device when its top comes in sight. */
async function readFromTheTop({ page }: AppPage): Promise<void> {
  await waitFor('the first line of the room', () =>
    page
      .evaluate(() => {
        const log = document.querySelector('[role=log]')
        log?.firstElementChild?.scrollIntoView()
        return log?.querySelector('.start, .empty') !== null
      })
      .catch(() => false),
  )
}

/** Writes instead of what may stand there already. */
async function write({ page }: AppPage, selector: string, text: string): Promise<void> {
  const field = await waitFor(`a field ${selector}`, () => page.$(selector))
  await field.evaluate((element) => (element as HTMLTextAreaElement).select())
  await field.focus()
  await page.keyboard.sendCharacter(text)
}

export async function createPerson({ origin, name, password, rooms, saw }: Surroundings): Promise<Person> {
  const profile = mkdtempSync(join(tmpdir(), 'notanker-chaos-'))
  const proxy = await startFaultProxy()
  const shown = new Map<string, Extract<Sight, { kind: 'room' }>>()
  let lastAnswer: Extract<Sight, { kind: 'answer' }> | null = null
  let browser: TestBrowser
  let app: AppPage

  function keep(sight: Sight): void {
    if (sight.kind === 'answer') lastAnswer = sight
    else shown.set(sight.room, sight)
    saw(sight)
  }
  async function open(): Promise<void> {
    shown.clear()
    browser = await launchChromium({ profile, proxy, args: LIGHT })
    const page = await browser.page()
    await watch(page, keep)
    app = appPage(page)
    await waitFor('the app', () => page.goto(origin, { waitUntil: 'domcontentloaded' }).catch(() => null))
  }
  const titled = (room: string) => [...shown.values()].find((sight) => sight.room.endsWith(room))

  async function visit(room: string): Promise<void> {
    await turnTo(app, `/rooms/${encodeURIComponent(rooms.get(room)!)}`, `[role=log][aria-label$="${room}"]`)
    await putAwaySheets(app)
  }
  const showsIn = (room: string, text: string) => titled(room)?.lines.some((line) => line.text.includes(text))

  await open()
  await signIn(app!, name, password)
  await skipWelcome(app!)
  await waitFor('the worker', () => app.page.evaluate(() => navigator.serviceWorker.controller !== null))
  for (const room of rooms.keys()) await visit(room)

  return {
    proxy,
    visit,
    async say(room, text) {
      await visit(room)
      await write(app, '.composer textarea', text)
      await app.tap('Senden')
      await waitFor(`“${text}” on the screen`, () => showsIn(room, text))
    },
    async alert(headline) {
      await turnTo(app, '/lead/new', 'textarea')
      await putAwaySheets(app)
      await app.tap('Schwerwiegend')
      await app.fill('Überschrift', headline)
      await app.fill('Anweisung', 'Verlassen Sie das Gebäude.')
      await app.fill('Nächster Schritt', 'Gehen Sie zum Sammelplatz.')
      await app.tap('Bin in Sicherheit')
      await app.tap(ALERT_ROOM)
      await app.tap('Prüfen')
      await app.hold('Zum Senden halten', 'geantwortet')
      await visit(ALERT_ROOM)
      await waitFor(`“${headline}” on the screen`, () => showsIn(ALERT_ROOM, headline))
    },
    async answer(headline, key) {
      await visit(ALERT_ROOM)
      const alert = await waitFor(
        `the alert ${headline}`,
        () =>
          app.page.evaluate(
            (words) =>
              [...document.querySelectorAll('.message')]
                .find((message) => message.textContent?.includes(words))
                ?.querySelector('a.to-alert')
                ?.getAttribute('href') ?? null,
            headline,
          ),
        FOR_OTHERS,
      )
      await turnTo(app, alert, '[data-answer], .answers')
      await putAwaySheets(app)
      if (await app.page.$('[data-answer]')) await app.tap('Antwort ändern')
      const before = lastAnswer?.stamp ?? 0
      await app.tap(WORDS[key])
      return waitFor('the answer on the screen', () =>
        lastAnswer && lastAnswer.stamp > before && lastAnswer.key === key ? lastAnswer.stamp : null,
      )
    },
    kill: () => browser.kill(),
    back: open,
    async reload() {
      shown.clear()
      await app.page.reload({ waitUntil: 'domcontentloaded' }).catch(() => null)
    },
    async isDone() {
      await turnTo(app, '/connection', 'h1')
      await putAwaySheets(app)
      const text = await app.text()
      return text.includes('Alles gesendet') || text.includes('Nichts wartet')
    },
    async see(room) {
      await visit(room)
      await readFromTheTop(app)
      return waitFor(`what ${room} shows`, () => titled(room))
    },
    evidence: (folder) => browser.evidence(folder),
    async close() {
      await browser.close()
      await proxy.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
