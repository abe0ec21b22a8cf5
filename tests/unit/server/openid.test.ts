import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIdChecker } from '../../../src/server/http/openid.ts'
import { deploymentOf } from '../../fakes/agency.ts'

/** A homeserver that knows some tokens; `asked` counts the questions. */
let server: Server
let base: string
let asked: string[] = []
const TOKENS: Record<string, [number, object]> = {
  good: [200, { sub: '@anna:a.example' }],
  foreign: [200, { sub: '@anna:b.example' }],
  bot: [200, { sub: '@bot:a.example' }],
  odd: [200, { sub: 7 }],
  broken: [500, {}],
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x')
    const token = url.searchParams.get('access_token') ?? ''
    asked.push(url.pathname)
    const [status, body] = TOKENS[token] ?? [401, { errcode: 'M_UNKNOWN_TOKEN' }]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

function setUp(homeserver = base, sites = deploymentOf().sites.map((s) => ({ ...s, homeserver }))) {
  asked = []
  const deployment = { ...deploymentOf(), sites }
  const clock = { now: 1_000 }
  const check = openIdChecker(
    () => deployment,
    () => clock.now,
  )
  return {
    clock,
    check: (access_token: string, matrix_server_name = 'a.example') => check({ access_token, matrix_server_name }),
  }
}

describe('RELAY-3 an OpenID token', () => {
  it('is checked at the site that it names', async () => {
    const { check } = setUp()
    expect(await check('good')).toBe('anna')
    expect(asked).toEqual(['/_matrix/federation/v1/openid/userinfo'])
  })

  it('SITE-27 is checked at another address of its server where the first is silent', async () => {
    const addresses = ['http://127.0.0.1:1', base]
    const sites = deploymentOf().sites.slice(0, 2)
    const shared = sites.map((s, i) => ({ ...s, server_name: 'a.example', homeserver: addresses[i]! }))
    const { check } = setUp(base, shared)
    expect(await check('good')).toBe('anna')
    await expect(check('unknown')).rejects.toMatchObject({ status: 401 })
    expect(asked).toHaveLength(2)
  })

  it('of a server that is no site is not even asked about', async () => {
    const { check } = setUp()
    await expect(check('good', 'evil.example')).rejects.toMatchObject({ status: 403 })
    expect(asked).toEqual([])
  })

  it.each(['foreign', 'bot', 'odd', 'unknown'])('does not hold: %s', async (token) => {
    await expect(setUp().check(token)).rejects.toMatchObject({ status: 401, errcode: 'M_UNKNOWN_TOKEN' })
  })
})

describe('RELAY-4 an OpenID token', () => {
  it('is taken once', async () => {
    const { check } = setUp()
    await check('good')
    await expect(check('good')).rejects.toMatchObject({ status: 401 })
    expect(asked).toHaveLength(1)
  })

  it('is taken once also when it comes twice at the same time', async () => {
    const { check } = setUp()
    const results = await Promise.allSettled([check('good'), check('good')])
    expect(results.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('may be tried again when nobody could be asked', async () => {
    const { check } = setUp()
    await expect(check('broken')).rejects.toMatchObject({ status: 503 })
    await expect(check('broken')).rejects.toMatchObject({ status: 503 })
    await expect(setUp('http://127.0.0.1:1').check('good')).rejects.toMatchObject({ status: 503 })
  })

  it('is remembered for its hour', async () => {
    const { check, clock } = setUp()
    await check('good')
    clock.now += 3600_000 - 1
    await expect(check('good')).rejects.toMatchObject({ status: 401 })
    clock.now += 1
    expect(await check('good')).toBe('anna')
  })
})
