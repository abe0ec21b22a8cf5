/** The app as a person uses it in a real browser: what stands on the screen is read, what has a name is tapped. */
import type { ElementHandle, Page } from 'puppeteer-core'
import { waitFor } from './wait.ts'

const FIELDS = 'textarea, input:not([type=radio], [type=checkbox])'
const TAPPED = 'a, button, summary, label, input[type=radio], input[type=checkbox], [role=button], [role=tab]'

/**
 * The smallest visible control whose name (its label, else its text) holds the words. `at`: only within entries of a list or a
 * room that hold those words.
 */
async function findControl(page: Page, words: string, kind = TAPPED, at = ''): Promise<ElementHandle | null> {
  const handle = await page.evaluateHandle(
    (selector, wanted, entry) => {
      const plain = (text: string) =>
        text
          .replace(/\u00ad/g, '')
          .replace(/\s+/g, ' ')
          .trim()
      const nameOf = (element: Element) => {
        const label = element.getAttribute('aria-label') ?? (element as HTMLInputElement).labels?.[0]?.innerText
        return plain(label ?? (element as HTMLElement).innerText ?? '')
      }
      const dialog = [...document.querySelectorAll('dialog[open]')].at(-1)
      const isAt = (element: Element) =>
        !entry || plain(element.closest<HTMLElement>('li, [data-item]')?.innerText ?? '').includes(entry)
      const found = [...(dialog ?? document).querySelectorAll(selector)].filter(
        (element) =>
          nameOf(element).includes(wanted) && isAt(element) && element.checkVisibility({ visibilityProperty: true }),
      )
      const fields = found.filter((element) => !(element instanceof HTMLLabelElement))
      const exact = (fields.length ? fields : found).toSorted((a, b) => nameOf(a).length - nameOf(b).length)
      return exact[0] ?? null
    },
    kind,
    words,
    at,
  )
  return handle.asElement() as ElementHandle | null
}

/** In the page: brings it clear of docks, and says whether it stayed where it is for ten frames, as long as a finger takes. */
async function holdsStill(element: Element): Promise<boolean> {
  element.scrollIntoView({ block: 'center' })
  const place = () => JSON.stringify(element.getBoundingClientRect())
  const before = place()
  for (let frame = 0; frame < 10; frame++) await new Promise(requestAnimationFrame)
  return element.isConnected && place() === before
}

/** Taps in the middle of it; whether the tap has reached it. */
async function hit(element: ElementHandle): Promise<boolean> {
  await element.evaluate((target) => {
    target.addEventListener('click', () => target.setAttribute('data-tapped', ''), { once: true, capture: true })
  })
  await element.click()
  // Gone with its screen: then something has happened.
  return element.evaluate((target) => {
    const reached = target.hasAttribute('data-tapped')
    target.removeAttribute('data-tapped')
    return reached || !target.isConnected
  })
}

export interface AppPage {
  readonly page: Page
  /** Everything readable on the screen. */
  text(): Promise<string>
  /** Waits until the words stand on the screen. */
  see(words: string): Promise<void>
  /** Waits until they do not. */
  seeNot(words: string): Promise<void>
  /** Waits for the control of that name and taps it. `at`: the one of the entry that holds these words. */
  tap(name: string, at?: string): Promise<void>
  /** Waits for the field of that name and writes into it. */
  fill(name: string, text: string): Promise<void>
  /** Presses the control of that name until it has let go by itself or the words `until` stand on the screen. */
  hold(name: string, until: string): Promise<void>
  go(path: string): Promise<void>
  /** Scrolls back to where the screen begins. */
  top(): Promise<void>
}

export function appPage(page: Page): AppPage {
  const text = () =>
    page.evaluate(() => document.body.innerText.replace(/\u00ad/g, '').replace(/\s+/g, ' ')).catch(() => '')
  const control = (name: string, kind = TAPPED, at = '') =>
    waitFor(`“${name}” ${at}`, () => findControl(page, name, kind, at).catch(() => null))
  return {
    page,
    text,
    see: async (words) => void (await waitFor(`“${words}” on the screen`, async () => (await text()).includes(words))),
    seeNot: async (words) =>
      void (await waitFor(`“${words}” to leave the screen`, async () => !(await text()).includes(words))),
    async tap(name, at) {
      const target = () => control(name, TAPPED, at)
      // A list may be drawn anew, or move, between finding and tapping: then the tap has hit something else.
      await waitFor(`a tap on “${name}”`, async () => (await target()).evaluate(holdsStill).catch(() => false))
      await waitFor(`a tap on “${name}”`, async () => hit(await target()).catch(() => false))
    },
    async fill(name, content) {
      const element = await control(name, FIELDS)
      await element.focus()
      await page.keyboard.type(content)
    },
    async hold(name, until) {
      const element = await control(name)
      await element.scrollIntoView()
      await element.hover()
      await page.mouse.down()
      await waitFor(`“${until}” after holding “${name}”`, async () => (await text()).includes(until))
      await page.mouse.up()
    },
    async go(path) {
      await page.goto(new URL(path, page.url()).href)
    },
    async top() {
      await page.evaluate(() => {
        for (const element of [document.documentElement, ...document.querySelectorAll('*')]) element.scrollTop = 0
      })
    },
  }
}

/** First sign-in on this device, up to the first screen; the steps that can wait are left for later. */
export async function signIn(app: AppPage, person: string, password: string): Promise<void> {
  await app.fill('Benutzername', person)
  await app.fill('Passwort', password)
  await app.tap('Anmelden')
  await waitFor('the steps after the sign-in', () => new URL(app.page.url()).pathname === '/welcome')
}

/** Skips the steps after the sign-in. */
export async function skipWelcome(app: AppPage): Promise<void> {
  await waitFor('the end of the steps', async () => {
    if (new URL(app.page.url()).pathname !== '/welcome') return true
    for (const later of ['Später', 'Jetzt nicht', 'Fertig']) {
      const found = await findControl(app.page, later).catch(() => null)
      if (found) await found.click().catch(() => undefined)
    }
    return false
  })
}

/**
 * The person allows ringing: our button first, then the system's question, which the browser answers as `allow` has told
 * it. A device that is allowed may subscribe by itself before the button is hit; what counts is that it may ring.
 */
export async function allowRinging(app: AppPage, allow: () => Promise<void>): Promise<void> {
  await app.see('Klingeln erlauben')
  await allow()
  await waitFor('a device that may ring', async () => {
    if ((await app.text()).includes('Probealarm senden')) return true
    const button = await findControl(app.page, 'Klingeln erlauben').catch(() => null)
    await button?.click().catch(() => undefined)
    return false
  })
}
