import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { RelayAccess } from '../../../src/core/ports.ts'
import { ALERT_MEMORY } from '../../../src/core/relay.ts'
import { responseGate } from '../../../src/platform/response-gate.ts'
import { ALERT_ID } from '../../fakes/agency.ts'
import { NOW, uuidOf } from '../core/samples.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

interface Asked {
  bearer: string | undefined
  ids: string[]
}
type Reply = { status?: number; body: unknown }

/** A relay on the loopback that remembers what it was asked. */
async function relay(reply: (asked: Asked) => Reply) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += String(chunk)))
    request.on('end', () => {
      const { responses } = JSON.parse(text) as { responses: { id: string }[] }
      const one = { bearer: request.headers.authorization, ids: responses.map((r) => r.id) }
      asked.push(one)
      const { status = 200, body } = reply(one)
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const response = (nr: number) => ({ id: uuidOf(nr), alert: ALERT_ID, key: 'ok', at: NOW })
const takes = ({ ids }: Asked): Reply => ({ body: { registered: ids, refused: [] } })
const fails =
  (status: number, more = {}) =>
  (): Reply => ({ status, body: { errcode: 'M_X', error: 'x', ...more } })
const gateTo = (
  urls: string[],
  bearer: RelayAccess['bearer'] = () => Promise.resolve('token'),
  why: 'network' | 'signed_out' = 'signed_out',
  now = () => NOW,
) => {
  const access = { bearer, reason: () => Promise.resolve(why) }
  return responseGate(() => urls.map((url, i) => ({ site: 'ab'[i]!, url })), access, now)
}
const waits = (reason: string, more = {}) => ({ id: uuidOf(1), failure: { fate: 'wait', reason, ...more } })

describe('ANSWER-2 a response goes', () => {
  it('to the first relay, with the bearer', async () => {
    const [a, b] = [await relay(takes), await relay(takes)]
    expect(await gateTo([a.url, b.url]).register([response(1), response(2)])).toEqual([
      { id: uuidOf(1), site: 'a' },
      { id: uuidOf(2), site: 'a' },
    ])
    expect(a.asked).toEqual([{ bearer: 'Bearer token', ids: [uuidOf(1), uuidOf(2)] }])
    expect(b.asked).toEqual([])
  })

  it.each([
    ['has no homeserver', fails(503)],
    ['is busy', fails(429)],
    ['says something that nobody can read', () => ({ body: '<html>' })],
  ])('to the next one, if the first %s', async (_what, reply) => {
    const [a, b] = [await relay(reply), await relay(takes)]
    expect(await gateTo([a.url, b.url]).register([response(1)])).toEqual([{ id: uuidOf(1), site: 'b' }])
  })

  it('to the next one, if the first is not there', async () => {
    const b = await relay(takes)
    expect(await gateTo(['http://127.0.0.1:1', b.url]).register([response(1)])).toEqual([{ id: uuidOf(1), site: 'b' }])
  })
})

describe('OUT-4 what could not be registered', () => {
  it.each([
    ['has a server in trouble', fails(500), waits('server')],
    ['is busy', fails(429, { retry_after_ms: 7_000 }), waits('busy', { retry_after_ms: 7_000 })],
    ['knows no such bearer', fails(401), waits('signed_out')],
    ['says something that nobody can read', () => ({ body: '<html>' }), waits('server')],
    ['mentions it nowhere (ANSWER-8)', () => ({ body: { registered: [], refused: [] } }), waits('server')],
  ])('waits, if the relay %s', async (_what, reply, result) => {
    const a = await relay(reply)
    expect(await gateTo([a.url]).register([response(1)])).toEqual([result])
  })

  it('waits without a relay', async () => {
    expect(await gateTo([]).register([response(1)])).toEqual([waits('network')])
  })

  it.each(['network', 'signed_out'] as const)('waits without a bearer, says why (%s), and asks nobody', async (why) => {
    const a = await relay(takes)
    expect(await gateTo([a.url], () => Promise.resolve(null), why).register([response(1)])).toEqual([waits(why)])
    expect(a.asked).toEqual([])
  })

  it.each(['network', 'signed_out'] as const)(
    'waits when a bearer ran out and no other is to be had (%s)',
    async (why) => {
      const a = await relay(fails(401))
      const bearer = (old?: string) => Promise.resolve(old ? null : 'old')
      expect(await gateTo([a.url], bearer, why).register([response(1)])).toEqual([waits(why)])
    },
  )

  it.each([
    [0, { fate: 'wait', reason: 'server' }],
    [ALERT_MEMORY, { fate: 'wait', reason: 'server' }],
    [ALERT_MEMORY + 1, { fate: 'refuse', reason: 'unknown_alert' }],
  ])('ANSWER-11 waits, if the relay does not know the alert, %i ms after it was said: %o', async (age, failure) => {
    const a = await relay(({ ids }) => ({
      body: { registered: [ids[1]], refused: [{ id: ids[0], reason: 'unknown_alert' }] },
    }))
    const gate = gateTo([a.url], undefined, undefined, () => NOW + age)
    expect(await gate.register([response(1), response(2)])).toEqual([
      { id: uuidOf(1), failure },
      { id: uuidOf(2), site: 'a' },
    ])
  })

  it.each([
    ['not_in_audience', 'forbidden'],
    ['unknown_key', 'invalid'],
  ])('is refused as the relay says: %s', async (said, reason) => {
    const a = await relay(({ ids }) => ({ body: { registered: [], refused: [{ id: ids[0], reason: said }] } }))
    expect(await gateTo([a.url]).register([response(1)])).toEqual([
      { id: uuidOf(1), failure: { fate: 'refuse', reason } },
    ])
  })

  it('is refused alone: one that the relay cannot read does not take the others with it', async () => {
    const a = await relay((asked) => (asked.ids.includes(uuidOf(2)) ? fails(400)() : takes(asked)))
    expect(await gateTo([a.url]).register([response(1), response(2), response(3)])).toEqual([
      { id: uuidOf(1), site: 'a' },
      { id: uuidOf(2), failure: { fate: 'refuse', reason: 'invalid' } },
      { id: uuidOf(3), site: 'a' },
    ])
  })
})

it('RELAY-5 a bearer that has run out is fetched anew, once', async () => {
  const a = await relay((asked) => (asked.bearer === 'Bearer new' ? takes(asked) : fails(401)()))
  const stale: (string | undefined)[] = []
  const bearer = (old?: string) => Promise.resolve(stale.push(old) && old ? 'new' : 'old')
  expect(await gateTo([a.url], bearer).register([response(1)])).toEqual([{ id: uuidOf(1), site: 'a' }])
  expect(stale).toEqual([undefined, 'old'])
})
