/** Takes the pictures of a screen: each size, light and dark, and looks with axe-core whether everybody can use what is on them. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page, Viewport } from 'puppeteer-core'
import type { AxeResults } from 'axe-core'
import type { Language } from '../../../src/core/alert.ts'
import { DESKTOP, PHONE } from '../browsers.ts'

type Look = 'light' | 'dark'
type Device = 'phone' | 'desktop'
export const SIZES: Record<Device, Viewport> = { phone: { ...PHONE, deviceScaleFactor: 1.5 }, desktop: DESKTOP }
const DEVICES: readonly Device[] = ['phone', 'desktop']
const LOOKS: readonly Look[] = ['light', 'dark']

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface Camera {
  readonly pictures: number
  /** One line for each thing that axe-core does not let pass, or that does not fit. */
  readonly faults: ReadonlySet<string>
  /** Pictures of what is on the page. The page is not loaded anew, so that what is open stays open. */
  take(page: Page, screen: string, language?: Language): Promise<void>
  /** One picture of the page as it is. */
  snap(page: Page, name: string): Promise<void>
}

export interface CameraOptions {
  folder: string
  /** Names of pictures; without them, all are taken. */
  only?: readonly string[]
  log: (line: string) => void
}

/** Resolves when what was changed is drawn: fonts are there, nothing moves any more. */
export const settle = (page: Page) =>
  page.evaluate(async () => {
    await document.fonts.ready
    await Promise.all(document.getAnimations().map((moving) => moving.finished.catch(() => null)))
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  })

async function set(page: Page, device: Device, look: Look): Promise<void> {
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: look },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ])
  await page.setViewport(SIZES[device])
  await settle(page)
}

async function faultsOn(page: Page): Promise<string[]> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  )
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`),
  )
  return wide > 0 ? [`${wide} px wider than the window`, ...found] : found
}

/** Nobody has to scroll sideways: on the narrowest screen that WCAG 2.2 knows (1.4.10), and with text twice as large (1.4.4). */
async function faultsOfFit(page: Page): Promise<string[]> {
  const faults: string[] = []
  const look = async (what: string) => {
    await settle(page)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (wide > 0) faults.push(`${wide} px wider than the window ${what}`)
  }
  await page.setViewport({ ...SIZES.phone, width: 320 })
  await look('of 320 px')
  await page.setViewport(SIZES.phone)
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
  await look('with text of 200 %')
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'))
  return faults
}

export function openCamera({ folder, only, log }: CameraOptions): Camera {
  mkdirSync(folder, { recursive: true })
  const faults = new Set<string>()
  let pictures = 0
  const wanted = (name: string) => only?.includes(name) ?? true
  async function snap(page: Page, name: string): Promise<void> {
    if (!wanted(name)) return
    await page.screenshot({ path: join(folder, `${name}.png`) })
    pictures += 1
    const found = await faultsOn(page)
    for (const fault of found) faults.add(`${name}: ${fault}`)
    log(`${String(pictures).padStart(4)}  ${name}${found.length ? `  ${found.length} faults` : ''}`)
  }
  return {
    get pictures() {
      return pictures
    },
    faults,
    snap,
    async take(page, screen, language = 'de') {
      for (const device of DEVICES)
        for (const look of LOOKS) {
          const name = `${screen}-${device}-${look}-${language}`
          if (!wanted(name)) continue
          await set(page, device, look)
          await snap(page, name)
        }
      if (only) return
      for (const fault of await faultsOfFit(page)) {
        faults.add(`${screen}-${language}: ${fault}`)
        log(`      ${screen}-${language}: ${fault}`)
      }
    },
  }
}
