/** Whether everybody can use what stands on a page: axe-core, in each size and each pair of colours. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'puppeteer-core'
import type { AxeResults, RunOptions } from 'axe-core'
import { DESKTOP, PHONE } from './browsers.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2 AA and what axe-core calls good practice; the size of targets is looked at only when it is named. */
const OPTIONS: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: { 'target-size': { enabled: true } },
}

/** Resolves when what was changed is drawn, and nothing moves any more. */
const settle = (page: Page) =>
  page.evaluate(async () => {
    await document.fonts.ready
    await Promise.all(document.getAnimations().map((moving) => moving.finished.catch(() => null)))
  })

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(
    (options) => (window as unknown as { axe: { run: (options: RunOptions) => Promise<AxeResults> } }).axe.run(options),
    OPTIONS,
  )
  // What is scrolled half under a bar that stays is as large as ever.
  const hidden = (data: unknown) => (data as { messageKey?: string } | null)?.messageKey === 'partiallyObscured'
  return found.violations.flatMap(({ id, nodes }) =>
    nodes
      .filter((node) => !node.any.some((check) => hidden(check.data)))
      .map((node) => `${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`),
  )
}

/** One line for each thing that axe-core does not let pass, on a phone and at a desk, light and dark. */
export async function faultsOn(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const [device, viewport] of Object.entries({ phone: PHONE, desktop: DESKTOP }))
    for (const colours of ['light', 'dark']) {
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: colours },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ])
      await page.setViewport(viewport)
      await settle(page)
      for (const fault of await violations(page)) faults.push(`${device} ${colours}: ${fault}`)
    }
  return faults
}
