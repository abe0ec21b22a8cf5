import { afterEach, describe, expect, it, vi } from 'vitest'
import { find, send } from '../../../src/matrix/rooms.ts'
import type { Account } from '../../../src/core/ports.ts'

const account: Account = {
  site: 'a',
  user: '@anna:a.example',
  device: 'D',
  access_token: 't',
  homeserver: 'https://a.example',
}
const { signal } = new AbortController()
const SINCE = 1_000_000
const written = (id: string, at = SINCE + 1) => ({
  event_id: `$${id}`,
  sender: '@anna:b.example',
  type: 'm.room.message',
  origin_server_ts: at,
  content: { body: 'x', 'de.notanker.client_id': id },
})
/** A homeserver that answers with these pages, one after the other, and the last one ever after. */
function answering(...pages: { status?: number; body: unknown }[]): URL[] {
  const asked: URL[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation((url) => {
    const { status = 200, body } = pages[Math.min(asked.length, pages.length - 1)]!
    asked.push(new URL(String(url)))
    return Promise.resolve(new Response(JSON.stringify(body), { status }))
  })
  return asked
}
const look = () => find(account, signal, [account.user, '@anna:b.example'], '!team', 'm.room.message', 'mine', SINCE)

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('OUT-19: looking for what may have arrived', () => {
  it('finds it by its client id, whichever account of the person sent it, on a later page', async () => {
    const asked = answering(
      { body: { chunk: [written('other')], end: 'p2' } },
      { body: { chunk: [written('more'), written('mine')], end: 'p3' } },
    )
    expect(await look()).toBe('$mine')
    expect(asked.map((url) => url.searchParams.get('from'))).toEqual([null, 'p2'])
    const filter = JSON.parse(asked[0]!.searchParams.get('filter')!) as unknown
    expect(filter).toEqual({ senders: ['@anna:a.example', '@anna:b.example'], types: ['m.room.message'] })
  })

  it('says that it is not there at the end of the room, and beyond the time in which it was written', async () => {
    answering({ body: { chunk: [written('other')] } })
    expect(await look()).toBe('absent')
    vi.restoreAllMocks()
    const asked = answering({ body: { chunk: [written('old', SINCE - 1)], end: 'p2' } })
    expect(await look()).toBe('absent')
    expect(asked).toHaveLength(1)
  })

  it('reads ten pages at most', async () => {
    const asked = answering({ body: { chunk: [written('other')], end: 'more' } })
    expect(await look()).toBe('absent')
    expect(asked).toHaveLength(10)
  })

  it.each([
    ['a refusal', 403, { errcode: 'M_FORBIDDEN' }],
    ['a site in trouble', 502, '<html>'],
    ['an answer of something else', 200, { hello: 'portal' }],
  ])('cannot say after %s, also on a later page', async (_, status, body) => {
    answering({ status, body })
    expect(await look()).toBeNull()
    vi.restoreAllMocks()
    answering({ body: { chunk: [written('other')], end: 'p2' } }, { status, body })
    expect(await look()).toBeNull()
  })
})

describe('OUT-19: a request that cannot have left the device', () => {
  const say = () => send(account, signal, '!team', 'm.room.message', { body: 'x' }, 'txn')
  const failing = (before: boolean | undefined, after: boolean | undefined) => {
    const navigator = { onLine: before }
    vi.stubGlobal('navigator', navigator)
    vi.spyOn(globalThis, 'fetch').mockImplementation(() => {
      navigator.onLine = after
      return Promise.reject(new TypeError('failed'))
    })
  }

  it('is known only where the browser had no network before and after it', async () => {
    failing(false, false)
    expect(await say()).toEqual({ failure: { fate: 'wait', reason: 'network', unsent: true } })
  })

  it.each([
    [true, false],
    [false, true],
    [undefined, undefined],
  ])('is not where it knew of one (%s, %s)', async (before, after) => {
    failing(before, after)
    expect(await say()).toEqual({ failure: { fate: 'wait', reason: 'network' } })
  })
})
