/**
 * WebKitGTK's own small browser, driven by W3C WebDriver over http (w3.org/TR/webdriver2). The engine of Safari, and not
 * Safari: it says nothing of iOS. Its sessions are private, so nothing outlives one.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { endProcess } from './process.ts'
import { program } from './programs.ts'
import { waitFor } from './wait.ts'

/** How WebDriver names an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
type Element = { [ELEMENT]: string }

const FIELDS = 'input, textarea'
const TAPPED = 'a, button, summary, [role=button]'
/** In the page: the smallest visible control whose name holds the words. */
const FIND = `
  const [selector, words] = arguments
  const plain = (text) => text.replaceAll('\\u00ad', '').replace(/\\s+/g, ' ').trim()
  const nameOf = (e) => plain(e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText)
  const found = [...document.querySelectorAll(selector)].filter((e) => nameOf(e).includes(words) && e.checkVisibility())
  return found.sort((a, b) => nameOf(a).length - nameOf(b).length)[0] ?? null`

export interface WebKitPage {
  go(url: string): Promise<void>
  /** What a script in the page returns. */
  run<T>(script: string, ...args: unknown[]): Promise<T>
  text(): Promise<string>
  see(words: string): Promise<void>
  /** Taps the control of that name; false: it is not there. */
  tapped(name: string): Promise<boolean>
  tap(name: string): Promise<void>
  fill(name: string, text: string): Promise<void>
  close(): Promise<void>
}

/** A display of its own: its name. */
async function startDisplay() {
  const child = spawn(program('Xvfb'), ['-displayfd', '3', '-screen', '0', '1280x1024x24'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`Xvfb has ended with ${String(code)}`)))
  const [number] = (await Promise.race([once(child.stdio[3] as Readable, 'data'), failed])) as [Buffer]
  failed.catch(() => undefined)
  return { child, name: `:${number.toString().trim()}` }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

/** `dbusAddress`: of a bus of its own, since it asks for one. */
export async function launchWebKit({ dbusAddress }: { dbusAddress: string }): Promise<WebKitPage> {
  const display = await startDisplay()
  const port = await freePort()
  const env = { ...process.env, DISPLAY: display.name, DBUS_SESSION_BUS_ADDRESS: dbusAddress, LANGUAGE: 'de_DE:de' }
  const driver = spawn(program('WebKitWebDriver'), [`--port=${port}`], { env, stdio: 'ignore', detached: true })
  const end = async () => {
    await endProcess(driver, { group: true })
    await endProcess(display.child)
  }

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const init = body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...init })
    const { value } = (await response.json()) as { value: T & { error?: string; message?: string } }
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`)
    return value
  }

  try {
    await waitFor('WebKitWebDriver', () => call('GET', '/status').catch(() => null))
    const { sessionId } = await call<{ sessionId: string }>('POST', '/session', { capabilities: { alwaysMatch: {} } })
    const session = `/session/${sessionId}`
    const run = <T>(script: string, ...args: unknown[]) => call<T>('POST', `${session}/execute/sync`, { script, args })
    const text = () =>
      run<string>("return document.body.innerText.replaceAll('\\u00ad', '').replace(/\\s+/g, ' ')").catch(() => '')
    /** Does that to the control of that name; false: it is not there, or the page has changed in between. */
    async function act(name: string, kind: string, path: string, body: object): Promise<boolean> {
      const found = await run<Element | null>(FIND, kind, name).catch(() => null)
      if (!found) return false
      return call('POST', `${session}/element/${found[ELEMENT]}/${path}`, body).then(
        () => true,
        () => false,
      )
    }
    const tapped = (name: string) => act(name, TAPPED, 'click', {})
    return {
      go: async (url) => void (await call('POST', `${session}/url`, { url })),
      run,
      text,
      see: async (words) =>
        void (await waitFor(`“${words}” on the screen`, async () => (await text()).includes(words))),
      tapped,
      tap: async (name) => void (await waitFor(`“${name}”`, () => tapped(name))),
      fill: async (name, text) => void (await waitFor(`“${name}”`, () => act(name, FIELDS, 'value', { text }))),
      async close() {
        await call('DELETE', session).catch(() => undefined)
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}
