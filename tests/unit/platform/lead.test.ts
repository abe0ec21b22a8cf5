import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { leadOnce } from '../../../src/platform/lead.ts'
import { settled } from '../../fakes/manual-clock.ts'
import { waitFor } from '../../support/wait.ts'

const closes: (() => void)[] = []
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.useRealTimers()
  for (const close of closes.splice(0)) close()
})

/** Words between windows and locks take their way through the system: more turns than they need. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await settled()
}

const timers = (count: number) => waitFor(`${count} timers`, () => vi.getTimerCount() === count)
/** Time in which windows can speak and be heard. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    vi.advanceTimersByTime(Math.min(left, 1_000))
    await quiet()
    vi.advanceTimersByTime(0)
    await quiet()
  }
}

/** A device with windows, and what happened to them. */
function device() {
  const name = crypto.randomUUID()
  const log: string[] = []
  const words: string[] = []
  const channel = new BroadcastChannel(`${name}-lead`)
  channel.onmessage = (event) => void words.push(String((event as MessageEvent).data))
  closes.push(() => channel.close())
  const answers = () => words.filter((word) => word === 'here').length
  return {
    name,
    log,
    answers,
    /** Until so often somebody was told that one leads. */
    async told(count: number) {
      await waitFor(`${count} that were told`, () => {
        vi.advanceTimersByTime(0)
        return answers() >= count
      })
      await quiet()
    },
    say: (word: string) => channel.postMessage(word),
    says: (line: string) => waitFor(`“${line}”, ${log.join()}`, () => log.at(-1) === line),
    /** A window that leads, hangs and so says nothing. */
    async hanging() {
      const { promise, resolve } = Promise.withResolvers<void>()
      closes.push(resolve)
      const held = Promise.withResolvers<void>()
      navigator.locks
        .request(name, () => {
          held.resolve()
          return promise
        })
        .catch(() => log.push('lost'))
      await held.promise
    },
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
      const tell = (event: string) => (event.startsWith('page') ? page : document).dispatchEvent(new Event(event))
      leadOnce(name, lead, page as unknown as Window)
      closes.push(() => tell('pagehide'))
      return {
        tell,
        handOver: () => handOver(),
        /** Somebody looks at it, or no longer. */
        look(at: boolean) {
          document.visibilityState = at ? 'visible' : 'hidden'
          document.dispatchEvent(new Event('visibilitychange'))
        },
      }
    },
  }
}

it('SITE-17 one window leads; when it closes, the next takes over', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  window('other')
  await quiet()
  expect(log).toEqual(['one begins'])
  one.tell('pagehide')
  await waitFor('the other', () => log.includes('other begins'))
})

it('SITE-17 a window that closes while it waits for its turn never leads', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  window('other').tell('pagehide')
  one.tell('pagehide')
  window('third')
  await waitFor('the third', () => log.includes('third begins'))
  expect(log).not.toContain('other begins')
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
})

it('SITE-19 between two that are looked at the lead stays, however often one asks and however long it waits', async () => {
  const { window, log, says, told } = device()
  window('one')
  await says('one begins')
  const other = window('other')
  other.look(false)
  other.look(true)
  // At its beginning, and to each question.
  await told(3)
  await pass(60_000)
  expect(log).toEqual(['one begins'])
})

it('SITE-19 of two that are looked at, the one that waits takes over when the other is left', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  window('other')
  await quiet()
  one.look(false)
  await says('other begins')
  expect(log).toEqual(['one begins', 'one ends', 'other begins'])
})

it('SITE-19 where the turn of one that nobody looks at any more comes first, it gives it on', async () => {
  const { window, log, says, told } = device()
  const one = window('one')
  await says('one begins')
  const left = window('left')
  window('in front')
  await told(3)
  left.look(false)
  one.tell('pagehide')
  await says('in front begins')
  expect(log.filter((line) => line.endsWith('begins'))).toEqual(['one begins', 'left begins', 'in front begins'])
})

it('SITE-19 the end of the work is waited for, but not for ever', async () => {
  const { window, log, says } = device()
  const one = window('one', { stuck: true })
  await says('one begins')
  one.look(false)
  const other = window('other')
  await timers(2)
  vi.advanceTimersByTime(1_900)
  await quiet()
  expect(log).toEqual(['one begins'])
  vi.advanceTimersByTime(200)
  await says('other begins')
  other.tell('pagehide')
  await waitFor('the one', () => log.filter((line) => line === 'one begins').length === 2)
})

it('SITE-20 a leader that says nothing loses the lead to one that is looked at, and only to one', async () => {
  const { window, hanging, log } = device()
  await hanging()
  window('hidden', { seen: false })
  await pass(60_000)
  expect(log).toEqual([])
  const one = window('one')
  vi.advanceTimersByTime(9_900)
  await quiet()
  expect(log).toEqual([])
  window('other')
  await quiet()
  vi.advanceTimersByTime(200)
  await waitFor('the one', () => log.includes('one begins'))
  await quiet()
  await pass(60_000)
  expect(log.toSorted()).toEqual(['lost', 'one begins'])
  one.look(false)
  await waitFor('the other', () => log.includes('other begins'))
})

it('SITE-20 one that is looked at asks on: a leader that hangs later loses the lead too', async () => {
  const { window, hanging, log, say } = device()
  await hanging()
  window('one')
  await quiet()
  say('here')
  await quiet()
  vi.advanceTimersByTime(10_000)
  await quiet()
  vi.advanceTimersByTime(9_900)
  await quiet()
  expect(log).toEqual([])
  vi.advanceTimersByTime(200)
  await waitFor('the one', () => log.includes('one begins'))
})

it('SITE-20 a page whose timers stand still does not say that it leads', async () => {
  const { window, says, say, told, answers } = device()
  window('one')
  await says('one begins')
  await told(1)
  say('wanted')
  await quiet()
  expect(answers()).toBe(1)
  await told(2)
})

it('SITE-20 a window whose lead was taken ends its work, and is the next', async () => {
  const { window, says, name } = device()
  window('one')
  await says('one begins')
  const thief = Promise.withResolvers<void>()
  closes.push(thief.resolve)
  const theft = navigator.locks.request(name, { steal: true }, () => thief.promise)
  await says('one ends')
  thief.resolve()
  await theft
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

it('SITE-21 a window that cannot lead hands over, and asks again when it is looked at anew', async () => {
  const { window, log, says } = device()
  const one = window('one')
  await says('one begins')
  window('hidden', { seen: false })
  await quiet()
  one.handOver()
  await says('hidden begins')
  await pass(60_000)
  await quiet()
  expect(log).toEqual(['one begins', 'one ends', 'hidden begins'])
  one.look(false)
  one.look(true)
  await says('one begins')
})
