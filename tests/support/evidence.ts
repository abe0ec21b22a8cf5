/** What a failed test leaves behind in test-results/: a picture, the page and its console. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'puppeteer-core'

const FOLDER = 'test-results'
/** A page that hangs must not hang the report of it, ms. */
const PATIENCE = 10_000

const consoles = new WeakMap<Page, string[]>()

/** Writes down from now on what the page's console and network say. */
export function listenTo(page: Page): void {
  if (consoles.has(page)) return
  const lines: string[] = []
  consoles.set(page, lines)
  const note = (kind: string, text: string) => lines.push(`${new Date().toISOString()} ${kind} ${text}`)
  page.on('console', (message) => note(`console.${message.type()}`, message.text()))
  page.on('pageerror', (error) =>
    note('error', error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
  page.on('requestfailed', (request) => note('failed', `${request.url()} ${request.failure()?.errorText ?? ''}`))
  page.on('response', (response) => {
    if (response.status() >= 400) note(`status ${response.status()}`, response.url())
  })
}

/** What the console of a page has said so far, oldest first. */
export const consoleOf = (page: Page): string[] => consoles.get(page) ?? []

async function attempt<T>(work: Promise<T>): Promise<T | string> {
  const late = pause(PATIENCE, 'did not answer', { ref: false })
  return Promise.race([work, late]).catch((error: unknown) => String(error))
}

const folderFor = (name: string) => join(FOLDER, name.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 100))

/** Never throws: it runs when something has failed already. */
export async function saveEvidence(pages: Page[], name: string): Promise<void> {
  const folder = folderFor(name)
  mkdirSync(folder, { recursive: true })
  for (const [index, page] of pages.entries()) {
    const at = (extension: string) => join(folder, `page-${index + 1}.${extension}`)
    const picture = await attempt(page.screenshot({ fullPage: true }))
    if (typeof picture !== 'string') writeFileSync(at('png'), picture)
    writeFileSync(at('html'), String(await attempt(page.content())))
    const lines = typeof picture === 'string' ? [`screenshot: ${picture}`] : []
    writeFileSync(at('txt'), [page.url(), ...consoleOf(page), ...lines, ''].join('\n'))
  }
}
