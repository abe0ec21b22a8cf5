import { describe, expect, it } from 'vitest'
import { parse } from '../../../src/core/parse.ts'
import { deploymentSchema } from '../../../src/core/deployment.ts'
import { alarmReply } from '../../../src/core/last-resort.ts'
import { errorReply, sessionReply, statusSchema, testReply } from '../../../src/core/relay.ts'
import { sign, verify } from '../../../src/server/http/bearer.ts'
import { unavailable } from '../../../src/server/http/errors.ts'
import { ALERT_ID, alertContent, person } from '../../fakes/agency.ts'
import recorded from '../../fixtures/0.1/requests.json' with { type: 'json' }
import { APP, key, NOW, phone, setUp } from './http-world.ts'

const ID = '0198bbbb-0000-7000-8000-000000000001'

const refusal = (errcode: string) => expect.objectContaining({ errcode, error: expect.any(String) })

it('PUSH-30 a device that is stored is told of, one that is refused is not', async () => {
  const { call, as, registered } = setUp()
  await call('PUT', '/v1/devices/phone', phone(), as('anna'))
  expect((await call('PUT', '/v1/devices/phone', phone(), as('ben'))).status).toBe(403)
  expect(registered.map(({ id, person: whose }) => [id, whose])).toEqual([['phone', 'anna']])
})

describe('RELAY-10 open to everybody', () => {
  it('GET /v1/status and /v1/deployment are what both ends say they are', async () => {
    const { call } = setUp()
    const status = await call('GET', '/v1/status', undefined, { origin: 'https://anywhere.example' })
    expect(parse(statusSchema, status.json).ok).toBe(true)
    expect(status.headers.get('access-control-allow-origin')).toBe('*')
    const file = await call('GET', '/v1/deployment')
    expect(parse(deploymentSchema, file.json)).toMatchObject({ ok: true, value: { serial: 1 } })
  })

  it('GET /health fails when the homeserver does', async () => {
    const { call, state } = setUp()
    expect((await call('GET', '/health')).status).toBe(200)
    state.healthy = false
    const sick = await call('GET', '/health')
    expect([sick.status, sick.json]).toEqual([503, refusal('M_UNAVAILABLE')])
  })

  it('everything else only to the app', async () => {
    const { call } = setUp()
    const ask = (origin: string) =>
      call('OPTIONS', '/v1/devices/phone', undefined, { origin, 'access-control-request-method': 'PUT' })
    const app = await ask(APP)
    expect(app.headers.get('access-control-allow-origin')).toBe(APP)
    expect(app.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('answers are not stored, framed or sniffed; the app may read refusals too', async () => {
    const { call } = setUp()
    const { headers } = await call('POST', '/v1/responses', {}, { origin: APP })
    expect(headers.get('access-control-allow-origin')).toBe(APP)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})

it('UPDATE-9 an app of version 0.1.0 is served: what it sends is taken, what it reads is there', async () => {
  const { call, as } = setUp()
  const session = await call('POST', '/v1/session', recorded.session)
  expect(parse(sessionReply, session.json).ok).toBe(true)
  expect(await call('PUT', '/v1/devices/phone', recorded.device, as('anna'))).toMatchObject({ status: 200, json: {} })
  expect(parse(testReply, (await call('POST', '/v1/devices/phone/test', undefined, as('anna'))).json).ok).toBe(true)
  const id = recorded.responses.responses[0]!.id
  const answer = await call('POST', '/v1/responses', recorded.responses, as('anna'))
  expect(answer).toMatchObject({ status: 200, json: { registered: [id], refused: [] } })
})

it('RELAY-2 a witness answers about sites and nothing else', async () => {
  const { call } = setUp(true)
  for (const path of ['/health', '/v1/status', '/v1/deployment']) expect((await call('GET', path)).status).toBe(200)
  for (const [method, path] of [
    ['POST', '/v1/session'],
    ['PUT', '/v1/devices/phone'],
    ['POST', '/v1/responses'],
    ['POST', '/v1/alarms'],
    ['POST', '/v1/shown'],
  ] as const) {
    expect((await call(method, path, {})).status).toBe(404)
  }
})

describe('RELAY-9 refusals', () => {
  it('broken JSON, wrong fields, too much, unknown addresses', async () => {
    const { call, as } = setUp()
    const put = (body: unknown) => call('PUT', '/v1/devices/phone', body, as('anna'))
    expect(await put('{"v":')).toMatchObject({ status: 400, json: refusal('M_NOT_JSON') })
    expect(await put({ v: 2 })).toMatchObject({ status: 400, json: { errcode: 'M_BAD_JSON', error: /^v: / } })
    expect(await put('x'.repeat(17 * 1024))).toMatchObject({ status: 413, json: refusal('M_TOO_LARGE') })
    expect(await call('GET', '/v1/nothing')).toMatchObject({ status: 404, json: refusal('M_UNRECOGNIZED') })
    expect(parse(errorReply, (await put('')).json).ok).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"device"'],
    ['half a body', JSON.stringify(phone()).slice(0, -1)],
    ['two bodies', `${JSON.stringify(phone())}{}`],
    ['lists in lists', '['.repeat(8000) + ']'.repeat(8000)],
    ['a prototype', '{"__proto__":{"v":1},"constructor":{"prototype":{"v":1}}}'],
    ['a number too large', '{"v":1e999}'],
    ['bytes that are no text', '\u0000\u0001'],
    ['no strings where strings are due', JSON.stringify({ ...phone(), subscription: { endpoint: {}, keys: [] } })],
    ['an endpoint too long', JSON.stringify(phone(`https://fcm.googleapis.com/${'x'.repeat(1024)}`))],
  ])('PUT /v1/devices: %s', async (_what, body) => {
    const { call, as, register, logged } = setUp()
    expect((await call('PUT', '/v1/devices/phone', body, as('anna'))).status).toBe(400)
    expect(await register.count()).toBe(0)
    expect(logged).toEqual([])
    expect(({} as { v?: unknown }).v).toBeUndefined()
  })

  it.each([
    ['PUT', '/v1/devices/phone', 17],
    ['POST', '/v1/session', 9],
    ['POST', '/v1/responses', 513],
    ['POST', '/v1/alarms', 65],
    ['POST', '/v1/shown', 2],
  ])('%s %s takes no more than it needs, also of a body that does not say how long it is', async (method, path, kb) => {
    const { app, as } = setUp()
    let sent = 0
    const body = new ReadableStream({
      pull(stream) {
        sent += 1
        stream.enqueue(new TextEncoder().encode('x'.repeat(1024)))
        if (sent === 2 * kb) stream.close()
      },
    })
    const response = await app.request(path, { method, headers: as('anna'), body, duplex: 'half' } as RequestInit)
    expect(response.status).toBe(413)
    expect(sent).toBeLessThan(2 * kb)
  })

  it('an error of ours says nothing of the inside to the outside', async () => {
    const { call, as, state, logged } = setUp()
    state.fail = new Error('table devices is locked')
    const answer = await call('POST', '/v1/responses', { v: 1, responses: [response()] }, as('anna'))
    expect(answer).toMatchObject({ status: 500, json: { errcode: 'M_UNKNOWN', error: 'internal error' } })
    expect(JSON.stringify(logged)).toContain('locked')
  })
})

describe('POST /v1/alarms', () => {
  const alarm = (changes: object = {}) => ({ v: 1, alert: { ...alertContent(NOW), ...changes } })
  const raise = (here: ReturnType<typeof setUp>, body: unknown, headers: Record<string, string> = here.as('anna')) =>
    here.call('POST', '/v1/alarms', body, headers)

  it('LAST-2 is raised in the name of the bearer’s person, and answered with the time since when it rings', async () => {
    const here = setUp()
    const { status, json } = await raise(here, alarm())
    expect([status, parse(alarmReply, json)]).toEqual([200, { ok: true, value: { at: NOW } }])
    expect(here.raised).toEqual([['anna', ALERT_ID]])
  })

  it('LAST-2 needs a bearer that holds', async () => {
    const here = setUp()
    const claims = { person: person('anna'), device: 'phone', expires: NOW + 1000 }
    const forged = { authorization: `Bearer ${sign(Buffer.alloc(32, 8), claims)}` }
    const over = { authorization: here.bearer('anna', NOW) }
    for (const headers of [{}, forged, over]) expect((await raise(here, alarm(), headers)).status).toBe(401)
    expect(here.raised).toEqual([])
  })

  it.each([
    ['nothing', ''],
    ['an alert without its cover', alertContent(NOW)],
    ['another version', { ...alarm(), v: 2 }],
    ['no next step', alarm({ next_step: ' ' })],
    ['a severity of one’s own', alarm({ severity: 'Loud' })],
    ['rooms that are none', alarm({ audience: { label: 'Alle', rooms: ['#all:a.example'] } })],
    ['too long a text', alarm({ instruction: 'x'.repeat(2001) })],
  ])('RELAY-9 refuses %s', async (_what, body) => {
    const here = setUp()
    expect((await raise(here, body)).status).toBe(400)
    expect(here.raised).toEqual([])
  })

  it('RELAY-9 ten a minute of one person, and then as many again', async () => {
    const here = setUp()
    for (let i = 0; i < 10; i++) expect((await raise(here, alarm())).status).toBe(200)
    const limit = { status: 429, json: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 60_000 } }
    expect(await raise(here, alarm())).toMatchObject(limit)
    expect((await raise(here, alarm(), here.as('ben'))).status).toBe(200)
    here.state.now += 60_000
    expect((await raise(here, alarm(), { authorization: here.bearer('anna', here.state.now + 1) })).status).toBe(200)
  })
})

describe('POST /v1/session', () => {
  const ask = (token: string) => ({ openid: { access_token: token, matrix_server_name: 'a.example' }, device: 'phone' })

  it('RELAY-5 gives a bearer for thirty days', async () => {
    const { call } = setUp()
    const { status, json } = await call('POST', '/v1/session', ask('good'))
    const reply = parse(sessionReply, json)
    if (!reply.ok) throw new Error(reply.reason)
    expect(status).toBe(200)
    expect(reply.value.expires).toBe(NOW + 30 * 24 * 3600_000)
    expect(verify(key, reply.value.bearer, NOW)).toMatchObject({ person: 'anna', device: 'phone' })
  })

  it('RELAY-3 refuses a token that does not hold, and says when nobody could be asked', async () => {
    const { call } = setUp()
    expect(await call('POST', '/v1/session', ask('bad'))).toMatchObject({
      status: 401,
      json: refusal('M_UNKNOWN_TOKEN'),
    })
    const away = await call('POST', '/v1/session', ask('away'))
    expect(away).toMatchObject({ status: 503, json: { errcode: 'M_UNAVAILABLE', retry_after_ms: 2000 } })
    expect(away.headers.get('retry-after')).toBe('2')
    const badDevice = { ...ask('good'), device: 'no device!' }
    expect(await call('POST', '/v1/session', badDevice)).toMatchObject({ status: 400, json: refusal('M_BAD_JSON') })
  })

  it('RELAY-6 stops an address after sixty refused tokens in a minute, but never for good ones', async () => {
    const { call, state } = setUp()
    const from = (address: string) => ({ 'x-forwarded-for': `6.6.6.6, ${address}` })
    for (let i = 0; i < 100; i++) {
      expect((await call('POST', '/v1/session', ask('good'), from('10.0.0.1'))).status).toBe(200)
    }
    for (let i = 0; i < 60; i++) await call('POST', '/v1/session', ask('bad'), from('10.0.0.1'))
    const stopped = await call('POST', '/v1/session', ask('good'), from('10.0.0.1'))
    expect(stopped).toMatchObject({ status: 429, json: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 60_000 } })
    expect((await call('POST', '/v1/session', ask('good'), from('10.0.0.2'))).status).toBe(200)
    state.now += 60_000
    expect((await call('POST', '/v1/session', ask('good'), from('10.0.0.1'))).status).toBe(200)
  })
})

describe('devices', () => {
  it('RELAY-5 need a bearer that holds', async () => {
    const { call, bearer } = setUp()
    const put = (headers: Record<string, string>) => call('PUT', '/v1/devices/phone', phone(), headers)
    expect(await put({})).toMatchObject({ status: 401, json: refusal('M_MISSING_TOKEN') })
    expect(await put({ authorization: 'Basic x' })).toMatchObject({ status: 401, json: refusal('M_MISSING_TOKEN') })
    expect(await put({ authorization: 'Bearer x.y' })).toMatchObject({ status: 401, json: refusal('M_UNKNOWN_TOKEN') })
    const old = { authorization: bearer('anna', NOW) }
    expect(await put(old)).toMatchObject({ status: 401, json: refusal('M_UNKNOWN_TOKEN') })
    const claims = { person: person('anna'), device: 'phone', expires: NOW + 1000 }
    const forged = { authorization: `Bearer ${sign(Buffer.alloc(32, 8), claims)}` }
    expect(await put(forged)).toMatchObject({ status: 401, json: refusal('M_UNKNOWN_TOKEN') })
  })

  it('KEEP-3 are not taken of somebody who has left the agency', async () => {
    const { call, as, register } = setUp()
    const answer = await call('PUT', '/v1/devices/phone', phone(), as('gone'))
    expect([answer.status, answer.json]).toEqual([403, refusal('M_FORBIDDEN')])
    expect(await register.count()).toBe(0)
  })

  it('RELAY-7 are registered, renewed and signed out by their person alone', async () => {
    const { call, as, register } = setUp()
    expect((await call('PUT', '/v1/devices/phone', phone(), as('anna'))).status).toBe(200)
    expect((await call('PUT', '/v1/devices/phone', phone(), as('anna'))).status).toBe(200)
    expect(await call('PUT', '/v1/devices/phone', phone(), as('ben'))).toMatchObject({
      status: 403,
      json: refusal('M_FORBIDDEN'),
    })
    expect((await call('DELETE', '/v1/devices/phone', undefined, as('ben'))).status).toBe(404)
    expect((await call('POST', '/v1/devices/phone/test', undefined, as('ben'))).status).toBe(404)
    expect(await register.count()).toBe(1)
    expect((await call('DELETE', '/v1/devices/phone', undefined, as('anna'))).status).toBe(200)
    expect((await call('DELETE', '/v1/devices/phone', undefined, as('anna'))).status).toBe(404)
  })

  it('PUSH-5 are refused with an endpoint or keys that no push service gives', async () => {
    const { call, as, register, logged } = setUp()
    const good = phone()
    const keys = (changes: object) => ({
      ...good,
      subscription: { ...good.subscription, keys: { ...good.subscription.keys, ...changes } },
    })
    for (const bad of [
      phone('http://fcm.googleapis.com/x'),
      phone('https://169.254.169.254/latest'),
      phone('https://me:pw@fcm.googleapis.com/x'),
      keys({ p256dh: Buffer.alloc(65, 4).toString('base64url') }),
      keys({ auth: 'short' }),
    ]) {
      expect((await call('PUT', '/v1/devices/phone', bad, as('anna'))).status).toBe(400)
    }
    expect((await call('PUT', '/v1/devices/no%20id', good, as('anna'))).status).toBe(400)
    expect(await register.count()).toBe(0)
    expect(logged).toEqual([])
  })

  describe('PUSH-9 self-test', () => {
    it('goes to this device, lives a minute and carries what the answer says', async () => {
      const { call, as, posts } = setUp()
      await call('PUT', '/v1/devices/phone', phone(), as('anna'))
      const { status, json } = await call('POST', '/v1/devices/phone/test', undefined, as('anna'))
      const reply = parse(testReply, json)
      if (!reply.ok) throw new Error(reply.reason)
      expect(status).toBe(200)
      expect(posts).toMatchObject([
        { ttl: 60, payload: { 'de.notanker': { kind: 'test', id: reply.value.id, sent_at: reply.value.sent_at } } },
      ])
    })

    it('says what the push service said', async () => {
      const { call, as, state, register } = setUp()
      await call('PUT', '/v1/devices/phone', phone(), as('anna'))
      const test = () => call('POST', '/v1/devices/phone/test', undefined, as('anna'))
      state.outcome = { kind: 'later', why: '503', retry_after_ms: 5_000 }
      expect(await test()).toMatchObject({ status: 503, json: { errcode: 'M_UNAVAILABLE', retry_after_ms: 5_000 } })
      state.outcome = { kind: 'refused', why: '403' }
      expect((await test()).status).toBe(502)
      state.outcome = { kind: 'gone' }
      expect((await test()).status).toBe(404)
      expect(await register.count()).toBe(0)
      // PUSH-32: with the same one it is not told anything else.
      expect((await call('PUT', '/v1/devices/phone', phone(), as('anna'))).status).toBe(410)
    })

    it('is not a toy', async () => {
      const { call, as, posts } = setUp()
      await call('PUT', '/v1/devices/phone', phone(), as('anna'))
      for (let i = 0; i < 20; i++) await call('POST', '/v1/devices/phone/test', undefined, as('anna'))
      expect((await call('POST', '/v1/devices/phone/test', undefined, as('anna'))).status).toBe(429)
      expect(posts).toHaveLength(20)
    })
  })
})

const response = () => ({ id: ID, alert: '0198aaaa-0000-7000-8000-000000000001', key: 'ok', at: NOW })

describe('POST /v1/responses', () => {
  it('ANSWER-1 hands over who answered what', async () => {
    const { call, as, taken } = setUp()
    const answer = await call('POST', '/v1/responses', { v: 1, responses: [response()] }, as('anna'))
    expect(answer).toMatchObject({ status: 200, json: { registered: [ID], refused: [] } })
    expect(taken).toEqual([['anna', [response()]]])
  })

  it('ANSWER-8 passes on that the homeserver is away', async () => {
    const { call, as, state } = setUp()
    state.fail = unavailable('away', 1500)
    const answer = await call('POST', '/v1/responses', { v: 1, responses: [response()] }, as('anna'))
    expect(answer).toMatchObject({ status: 503, json: { errcode: 'M_UNAVAILABLE', retry_after_ms: 1500 } })
  })

  it('RELAY-9 takes a hundred answers and no more, and no other person’s name', async () => {
    const { call, as, taken, bearer } = setUp()
    const many = Array.from({ length: 101 }, response)
    expect((await call('POST', '/v1/responses', { v: 1, responses: many }, as('anna'))).status).toBe(400)
    expect((await call('POST', '/v1/responses', { v: 1, responses: [] }, as('anna'))).status).toBe(400)
    expect((await call('POST', '/v1/responses', 'x'.repeat(600 * 1024), as('anna'))).status).toBe(413)
    const forged = { ...response(), person: 'ben' }
    await call('POST', '/v1/responses', { v: 1, responses: [forged] }, { authorization: bearer() })
    expect(taken).toEqual([['anna', [response()]]])
  })
})
