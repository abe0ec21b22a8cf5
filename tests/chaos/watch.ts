/** What a screen shows is written down from within, at every change, and at once: a browser that is killed takes no record with it. */
import type { Page } from 'puppeteer-core'
import * as v from 'valibot'

const state = v.nullable(v.picklist(['saved', 'sending', 'waiting', 'refused', 'taken']))
const sightSchema = v.variant('kind', [
  v.object({
    kind: v.literal('room'),
    room: v.string(),
    lines: v.array(v.object({ text: v.string(), state })),
  }),
  v.object({ kind: v.literal('answer'), stamp: v.number(), key: v.string(), state }),
])
export type Sight = v.InferOutput<typeof sightSchema>

/** In the page, before anything of the app runs. */
function look(): void {
  const last = new Map<string, string>()
  const tell = (place: string, sight: object) => {
    const text = JSON.stringify(sight)
    if (last.get(place) === text) return
    last.set(place, text)
    ;(window as unknown as Record<string, (text: string) => void>)['chaosSaw']!(text)
  }
  const lookAround = () => {
    const log = document.querySelector('[role=log]')
    const room = log?.getAttribute('aria-label')
    const lines = [...(log?.querySelectorAll<HTMLElement>('.message') ?? [])].map((message) => ({
      text: message.querySelector('.text')?.textContent ?? '',
      state: message.dataset['state'] ?? null,
    }))
    if (room) tell(room, { kind: 'room', room, lines })
    const mine = document.querySelector<HTMLElement>('[data-answer]')?.dataset
    if (mine) {
      const { answer, key, state } = mine
      tell('answer', { kind: 'answer', stamp: Number(answer), key, state })
    }
  }
  new MutationObserver(lookAround).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['data-state', 'data-answer', 'aria-label'],
  })
}

export async function watch(page: Page, saw: (sight: Sight) => void): Promise<void> {
  await page.exposeFunction('chaosSaw', (text: string) => saw(v.parse(sightSchema, JSON.parse(text))))
  await page.evaluateOnNewDocument(look)
}
