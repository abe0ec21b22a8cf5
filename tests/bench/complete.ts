/** When a screen is complete: every text that has to stand on it is drawn. */
import type { Page } from 'puppeteer-core'

declare global {
  interface Window {
    /** When the screen was complete, ms since the navigation began. */
    complete: Promise<number>
    seenTexts(): string[]
  }
}

/** In the page: every text on it that can be seen, the frame around the screen left out. */
const seenTexts = `(() => {
  const root = document.querySelector('main')
  const walker = document.createTreeWalker(root ?? document.createElement('main'), NodeFilter.SHOW_TEXT)
  const texts = new Set()
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node.nodeValue.trim() && node.parentElement.checkVisibility({ visibilityProperty: true }))
      texts.add(node.nodeValue.trim())
  return [...texts]
})`

/** The texts of the screen as it stands. What tells the time of day is left out: it passes. */
export async function textsOf(page: Page): Promise<string[]> {
  const texts = (await page.evaluate(`${seenTexts}()`)) as string[]
  return texts.filter((text) => !/\d{1,2}:\d{2}|gerade eben|vor \d+ min/.test(text))
}

/** From the next navigation on, `window.complete` resolves in the task after the frame that shows all the texts. */
export async function markComplete(page: Page, texts: string[]): Promise<void> {
  await page.evaluateOnNewDocument(`window.seenTexts = ${seenTexts}`)
  await page.evaluateOnNewDocument((expected) => {
    window.complete = new Promise((resolve, reject) => {
      const look = () => {
        const text = document.body?.textContent ?? ''
        if (!expected.every((words) => text.includes(words))) return
        observer.disconnect()
        const drawn = new MessageChannel()
        drawn.port1.onmessage = () => {
          const at = performance.mark('complete').startTime
          const seen = window.seenTexts()
          const hidden = expected.find((words) => !seen.includes(words))
          if (hidden === undefined) resolve(at)
          else reject(new Error(`“${hidden}” is there, but cannot be seen`))
        }
        requestAnimationFrame(() => drawn.port2.postMessage(null))
      }
      const observer = new MutationObserver(look)
      setTimeout(() => {
        const missing = expected.find((words) => !document.body.textContent.includes(words))
        reject(new Error(`waited in vain for “${missing}”`))
      }, 60_000)
      observer.observe(document, { subtree: true, childList: true, characterData: true })
    })
  }, texts)
}
