import { afterEach, describe, expect, it, vi } from 'vitest'
import { find, send } from '../../../src/matrix/rooms.ts'
import type { Failure } from '../../../src/core/outbox.ts'
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
const look = (from?: string) =>
  find(account, signal, [account.user, '@anna:b.example'], '!team', 'm.room.message', 'mine', SINCE, from)

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('OUT-19: looking for what may have arrived', () => {
  it('finds it by its client id, whichever account of the person sent it, or says where it goes on', async () => {
    const asked = answering(
      { body: { chunk: [written('other')], end: 'p2' } },
      { body: { chunk: [written('more'), written('mine')], end: 'p3' } },
    )
    expect(await look()).toEqual({ from: 'p2' })
    expect(await look('p2')).toEqual({ event_id: '$mine' })
    expect(asked.map((url) => url.searchParams.get('from'))).toEqual([null, 'p2'])
    const filter = JSON.parse(asked[0]!.searchParams.get('filter')!) as unknown
    expect(filter).toEqual({ senders: ['@anna:a.example', '@anna:b.example'], types: ['m.room.message'] })
  })

  it('says that it is not there at the end of the room, and beyond the time in which it was written', async () => {
    answering({ body: { chunk: [written('other')] } })
    expect(await look()).toBe('absent')
    answering({ body: { chunk: [written('old', SINCE - 1)], end: 'p2' } })
    expect(await look()).toBe('absent')
    // A page that leads nowhere else is the last.
    answering({ body: { chunk: [], end: 'p2' } })
    expect(await look('p2')).toBe('absent')
  })

  it.each<[string, number, unknown, Failure]>([
    ['a refusal', 403, { errcode: 'M_FORBIDDEN' }, { fate: 'refuse', reason: 'forbidden' }],
    ['an ended session', 401, { errcode: 'M_UNKNOWN_TOKEN' }, { fate: 'wait', reason: 'signed_out' }],
    ['a site in trouble', 502, '<html>', { fate: 'wait', reason: 'server' }],
    ['an answer of something else', 200, { hello: 'portal' }, { fate: 'wait', reason: 'server' }],
  ])('cannot say after %s, and says why', async (_, status, body, failure) => {
    answering({ status, body })
    expect(await look()).toEqual({ failure })
  })
})

it('LEAD-13 a declaration is put as state of the room', async () => {
  const asked = vi
    .spyOn(globalThis, 'fetch')
    .mockResolvedValue(new Response(JSON.stringify({ event_id: '$1' }), { status: 200 }))
  const sent = await send(account, signal, '!team', 'de.notanker.active_site', { site: 'b' }, 'txn', '')
  expect(sent).toEqual({ event_id: '$1' })
  expect(String(asked.mock.calls[0]![0])).toMatch(/\/rooms\/!team\/state\/de\.notanker\.active_site\/$/)
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
