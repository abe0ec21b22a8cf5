import { afterEach, expect, it, vi } from 'vitest'
import { leadOnce } from '../../../src/platform/lead.ts'
import { settled } from '../../fakes/manual-clock.ts'
import { waitFor } from '../../support/wait.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const end of ends.splice(0)) await end()
})

/** A device with windows, and what happened to them. */
function device() {
  const name = crypto.randomUUID()
  const log: string[] = []
  return {
    log,
    says: (line: string) => waitFor(`“${line}”, ${log.join()}`, () => log.at(-1) === line),
    /** A window that asks to lead; `stuck`: its work never ends. */
    window(title: string, { seen = true, stuck = false } = {}) {
      const document = Object.assign(new EventTarget(), { visibilityState: seen ? 'visible' : 'hidden' })
      const page = Object.assign(new EventTarget(), { document })
      let handOver = () => {}
      const lead = (give: () => void) => {
        handOver = give
        log.push(`${title} begins`)
        return async () => {
          if (stuck) await new Promise(() => {})
          await settled()
          log.push(`${title} ends`)
        }
      }
      const stop = leadOnce(name, lead, page as unknown as Window)
      if (!stuck) ends.push(stop)
      return {
        stop,
        handOver: () => handOver(),
        /** Somebody looks at it, or no longer. */
        look(at: boolean) {
          document.visibilityState = at ? 'visible' : 'hidden'
          document.dispatchEvent(new Event('visibilitychange'))
        },
        tell: (event: string) => (event.startsWith('page') ? page : document).dispatchEvent(new Event(event)),
      }
    },
  }
}

it('SITE-17 one window leads; the next begins when its work has ended', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  window('other')
  await settled()
  expect(log).toEqual(['one begins'])
  await one.stop()
  await says('other begins')
  expect(log).toEqual(['one begins', 'one ends', 'other begins'])
})

it('SITE-17 a window that ends while it waits for its turn never leads', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  await window('other').stop()
  await one.stop()
  window('third')
  await says('third begins')
  expect(log).toEqual(['one begins', 'one ends', 'third begins'])
})

it('SITE-19 the window that is looked at leads, and not one that waited longer behind others', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  window('behind', { seen: false })
  one.look(false)
  window('in front')
  await says('in front begins')
  expect(log).toEqual(['one begins', 'one ends', 'in front begins'])
  one.look(true)
  one.look(false)
  one.look(true)
  // Whatever the windows still have to say to each other.
  await new Promise((resolve) => setTimeout(resolve, 0)).then(settled)
  expect(log.at(-1)).toBe('in front begins')
})

it('SITE-19 of two that are looked at, the one that waits takes over when the other is left', async () => {
  const { window, log, says } = device()
  const [one] = [window('one'), window('other')]
  await says('one begins')
  one.look(false)
  await says('other begins')
  expect(log).toEqual(['one begins', 'one ends', 'other begins'])
})

it('SITE-20 a leader whose work does not end loses the lead', async () => {
  const { window, says } = device()
  const one = window('one', { stuck: true })
  await says('one begins')
  one.look(false)
  const other = window('other')
  await says('other begins')
  one.look(true)
  await settled()
  await other.stop()
  await says('one begins')
})

it('SITE-20 a page that is frozen or put by lets go at once, and queues again', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  window('other', { seen: false })
  one.tell('freeze')
  await waitFor('the other', () => log.includes('other begins'))
  one.tell('resume')
  await says('one begins')
  one.tell('pagehide')
  await waitFor('the other', () => log.filter((line) => line === 'other begins').length === 2)
  one.tell('pageshow')
  await says('one begins')
})

it('SITE-21 a window that cannot lead goes to the end of the queue', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  window('other')
  await settled()
  one.handOver()
  await says('other begins')
  expect(log).toEqual(['one begins', 'one ends', 'other begins'])
})
