import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import webpush from 'web-push'
import { MAX_PLAINTEXT } from '../../../src/core/push.ts'
import type { RegisteredDevice } from '../../../src/server/devices/register.ts'
import { webPush, type Post } from '../../../src/server/push/post.ts'
import type { Resolve } from '../../../src/server/push/resolve.ts'
import { createSender, type Job } from '../../../src/server/push/sender.ts'
import { person, silentLog } from '../../fakes/agency.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import type { Log } from '../../../src/server/log.ts'
import { createPhone } from '../../fakes/phone.ts'
import { makeCertificate } from '../../support/certificate.ts'

/** A push service on the loopback: answers as it is told and keeps what it got. */
let server: Server
let origin: string
let answers: [number, Record<string, string>?][] = []
let got: { headers: IncomingMessage['headers']; body: Buffer }[] = []
let connections = 0
/** Ends what a test has opened. */
let endings: (() => unknown)[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(chunks) })
      const [status, headers] = answers.shift() ?? [201]
      response.writeHead(status, headers).end()
    })
  })
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
beforeEach(() => {
  answers = []
  got = []
  connections = 0
  endings = []
})
afterEach(async () => {
  for (const end of endings) await end()
})

const keys = webpush.generateVAPIDKeys()
const vapid: Parameters<typeof webPush>[0]['vapid'] = { subject: 'mailto:krisenstab@example.org', keys: [keys] }

interface Settings {
  pushHosts?: string[]
  width?: number
  resolve?: Resolve
  fakePost?: Post
}

function setUp({ pushHosts = [origin], width = 2, resolve, fakePost }: Settings = {}) {
  const clock = new ManualClock()
  const phone = createPhone(`${origin}/push/1`)
  const device: RegisteredDevice = { id: 'phone', person: person('anna'), device: phone.device, seen: 1 }
  const forgotten: string[] = []
  const results: string[] = []
  const real = webPush({ vapid, pushHosts, now: clock.now, ...(resolve ? { resolve } : {}) })
  endings.push(real.close)
  const post = fakePost ?? real.post
  const sender = createSender({
    post,
    forget: async (d) => void forgotten.push(d.id),
    clock,
    random: () => 0.5,
    width,
    log: silentLog,
  })
  const job = (changes: Partial<Job> = {}): Job => ({
    slot: 'alert phone',
    device,
    message: { payload: '{"hello":"ä"}', urgency: 'high', topic: 'a'.repeat(32) },
    deadline: clock.now() + 4 * 3600_000,
    done: (result) => void results.push(result),
    ...changes,
  })
  const quiet = () => expect.poll(() => sender.queued(), { timeout: 10_000 }).toBe(0)
  const posts = (count: number) => expect.poll(() => got.length, { timeout: 10_000 }).toBe(count)
  /** Nothing is out; something waits for its time. */
  const rests = (count: number) => expect.poll(() => clock.pending(), { timeout: 10_000 }).toBeGreaterThanOrEqual(count)
  return { clock, phone, sender, job, forgotten, results, quiet, posts, rests, post }
}

describe('one push', () => {
  it('PUSH-8 arrives as the phone can read it, with TTL, urgency and topic', async () => {
    const { sender, job, phone, quiet, results } = setUp()
    sender.enqueue(job())
    await quiet()
    expect(results).toEqual(['taken'])
    const [push] = got
    expect(push?.headers).toMatchObject({ ttl: '14400', urgency: 'high', topic: 'a'.repeat(32) })
    expect(push?.headers['content-encoding']).toBe('aes128gcm')
    expect(push?.headers['authorization']).toContain(keys.publicKey)
    expect(phone.read(push!.body)).toEqual({ hello: 'ä' })
  })

  it.each([404, 410])('PUSH-6 %i forgets the device', async (status) => {
    answers = [[status]]
    const { sender, job, forgotten, quiet, results } = setUp()
    sender.enqueue(job())
    await quiet()
    expect(results).toEqual(['gone'])
    expect(forgotten).toEqual(['phone'])
  })

  it.each([400, 401, 403, 413])('PUSH-6 %i is not tried again, and the device stays', async (status) => {
    answers = [[status]]
    const { sender, job, forgotten, quiet, results } = setUp()
    sender.enqueue(job())
    await quiet()
    expect(results).toEqual(['refused'])
    expect(forgotten).toEqual([])
    expect(got).toHaveLength(1)
  })

  it('PUSH-5 no redirect is followed', async () => {
    answers = [[307, { location: `${origin}/elsewhere` }]]
    const { sender, job, quiet, results } = setUp()
    sender.enqueue(job())
    await quiet()
    expect(results).toEqual(['refused'])
    expect(got).toHaveLength(1)
  })

  it('PUSH-5 a host that is not on the list any more gets nothing', async () => {
    const { sender, job, quiet, results } = setUp({ pushHosts: ['fcm.googleapis.com'] })
    sender.enqueue(job())
    await quiet()
    expect(results).toEqual(['refused'])
    expect(got).toEqual([])
  })
})

it('PUSH-3 the largest push is the largest body that a push service has to take', async () => {
  const { sender, job, quiet, phone } = setUp()
  const payload = JSON.stringify('x'.repeat(MAX_PLAINTEXT - 2))
  sender.enqueue(job({ message: { payload, urgency: 'high', topic: null } }))
  await quiet()
  expect(got[0]?.body).toHaveLength(4096)
  expect(phone.read(got[0]!.body)).toBe('x'.repeat(MAX_PLAINTEXT - 2))
})

it('PUSH-8 a push is signed for its push service, anew after some hours and not for each', async () => {
  const { clock, post, phone } = setUp({ pushHosts: [origin, origin.replace('127.0.0.1', 'localhost')] })
  const elsewhere = createPhone(`${origin.replace('127.0.0.1', 'localhost')}/push/1`)
  const message = { payload: '{}', urgency: 'high', topic: null } as const
  const signature = async ({ device }: typeof phone) => {
    await post(device.subscription, message, 60)
    return got.at(-1)?.headers['authorization']
  }
  const audience = (header = '') => JSON.parse(Buffer.from(header.split('.')[1]!, 'base64url').toString()).aud
  const first = await signature(phone)
  expect(audience(first)).toBe(origin)
  expect(await signature(phone)).toBe(first)
  expect(audience(await signature(elsewhere))).toBe(origin.replace('127.0.0.1', 'localhost'))
  await clock.advance(6 * 3600_000)
  expect(await signature(phone)).not.toBe(first)
})

describe('PUSH-5 where a name leads to', () => {
  const deviceAt = (endpoint: string): RegisteredDevice => ({
    id: 'phone',
    person: person('anna'),
    device: createPhone(endpoint).device,
    seen: 1,
  })

  it.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', '::ffff:127.0.0.1'])(
    'a push service whose name resolves to %s is not even connected to',
    async (address) => {
      const asked: string[] = []
      const resolve: Resolve = (hostname, _options, done) => {
        asked.push(hostname)
        done(null, [{ address, family: address.includes(':') ? 6 : 4 }])
      }
      const { post } = setUp({ pushHosts: ['*.push.example'], resolve })
      const { subscription } = deviceAt('https://a.push.example/x').device
      const outcome = await post(subscription, { payload: '{}', urgency: 'high', topic: null }, 60)
      expect(outcome).toEqual({ kind: 'later', why: 'ENOTPUBLIC', retry_after_ms: 0 })
      expect(asked).toEqual(['a.push.example'])
    },
  )

  it('only one that the operator lists with its port may be inside', async () => {
    const { port } = new URL(origin)
    const resolve: Resolve = (_hostname, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }])
    const listed = `http://push.example:${port}`
    const { sender, job, quiet, results } = setUp({ pushHosts: [listed], resolve })
    sender.enqueue(job({ device: deviceAt(`${listed}/x`) }))
    await quiet()
    expect(results).toEqual(['taken'])
    expect(got).toHaveLength(1)
  })
})

describe('PUSH-20 connections to a push service', () => {
  it('stay open between pushes', async () => {
    const { sender, job, quiet } = setUp({ width: 1 })
    for (const slot of ['1', '2', '3', '4', '5']) sender.enqueue(job({ slot }))
    await quiet()
    expect(got).toHaveLength(5)
    // The next push may set out while the connection of the last one is just being taken back.
    expect(connections).toBeLessThanOrEqual(2)
  })

  it('no more pushes are out at the same time than it may get', async () => {
    const open: (() => void)[] = []
    const fakePost: Post = () => new Promise((done) => open.push(() => done({ kind: 'taken' })))
    const { sender, job, results } = setUp({ width: 3, fakePost })
    for (const slot of ['1', '2', '3', '4', '5']) sender.enqueue(job({ slot }))
    expect(open).toHaveLength(3)
    open[0]!()
    await expect.poll(() => open.length).toBe(4)
    for (const end of open) end()
    await expect.poll(() => open.length).toBe(5)
    open[4]!()
    await expect.poll(() => results).toEqual(Array(5).fill('taken'))
    expect(sender.queued()).toBe(0)
  })

  it('one push service that hangs holds up no other', async () => {
    const fakePost: Post = ({ endpoint }) =>
      endpoint.startsWith('https://hangs.example') ? new Promise(() => {}) : Promise.resolve({ kind: 'taken' })
    const { sender, job, results } = setUp({ fakePost })
    const { device } = createPhone('https://hangs.example/x')
    for (const slot of ['1', '2', '3', '4'])
      sender.enqueue(job({ slot, device: { id: slot, person: person('ben'), device, seen: 1 } }))
    sender.enqueue(job())
    await expect.poll(() => results).toEqual(['taken'])
    expect(sender.queued()).toBe(4)
  })

  it('are one where it speaks HTTP/2', async () => {
    const certificate = makeCertificate()
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, certificate.cert])
    const sessions: unknown[] = []
    const versions: string[] = []
    const tls = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion)
      request.resume().on('end', () => response.writeHead(201).end())
    })
    tls.on('session', (session) => sessions.push(session))
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    const { port } = tls.address() as AddressInfo
    endings.push(
      () => setDefaultCACertificates(before),
      () => certificate.remove(),
    )
    const { sender, job, quiet, results } = setUp({ pushHosts: [`localhost:${port}`], width: 20 })
    endings.push(() => new Promise((done) => tls.close(done)))
    const { device } = createPhone(`https://localhost:${port}/x`)
    for (let nr = 0; nr < 20; nr++)
      sender.enqueue(job({ slot: `${nr}`, device: { id: `${nr}`, person: person('ben'), device, seen: 1 } }))
    await quiet()
    expect(results).toEqual(Array(20).fill('taken'))
    expect(versions).toEqual(Array(20).fill('2.0'))
    expect(sessions).toHaveLength(1)
  })
})

describe('PUSH-7 trying again', () => {
  it.each([429, 500, 503])('%i is a passing trouble', async (status) => {
    answers = [[status]]
    const { sender, job, quiet, results, posts, rests, clock, forgotten } = setUp()
    sender.enqueue(job())
    await posts(1)
    await rests(2)
    await clock.advance(2_000)
    await posts(2)
    await quiet()
    expect(results).toEqual(['taken'])
    expect(forgotten).toEqual([])
  })

  it('not before Retry-After, and with the time that is left', async () => {
    answers = [[429, { 'retry-after': '600' }]]
    const { sender, job, posts, rests, clock, quiet } = setUp()
    sender.enqueue(job())
    await posts(1)
    await rests(2)
    await clock.advance(600_000)
    expect(got).toHaveLength(1)
    await clock.advance(1_000)
    await posts(2)
    await quiet()
    expect(got[1]?.headers['ttl']).toBe(String(14_400 - 601))
  })

  it('gives up when the time of the push would be over', async () => {
    answers = [[503, { 'retry-after': '120' }]]
    const { sender, job, quiet, results, clock } = setUp()
    sender.enqueue(job({ deadline: clock.now() + 60_000 }))
    await quiet()
    expect(results).toEqual(['expired'])
  })

  it('a push service that is silent is a passing trouble', async () => {
    const { sender, job, clock, rests } = setUp({ pushHosts: ['http://127.0.0.1:1'] })
    const device = createPhone('http://127.0.0.1:1/x').device
    sender.enqueue(job({ device: { id: 'phone', person: person('anna'), device, seen: 1 } }))
    await rests(2)
    expect(sender.queued()).toBe(1)
    await sender.stop()
    expect(clock.pending()).toBe(0)
  })

  it('a newer revision takes the place of one that waits', async () => {
    answers = [[503, { 'retry-after': '60' }]]
    const { sender, job, posts, rests, phone, quiet, clock } = setUp()
    sender.enqueue(job())
    await posts(1)
    await rests(2)
    sender.enqueue(job({ message: { payload: '{"rev":1}', urgency: 'high', topic: null } }))
    await posts(2)
    await quiet()
    await clock.advance(120_000)
    expect(got).toHaveLength(2)
    expect(phone.read(got[1]!.body)).toEqual({ rev: 1 })
  })

  it('the same once more, of the next round of ringing, leaves the push service the time that it asked for', async () => {
    answers = [[429, { 'retry-after': '600' }]]
    const { sender, job, posts, rests, clock, quiet, results } = setUp()
    sender.enqueue(job({ done: () => expect.unreachable() }))
    await posts(1)
    await rests(2)
    await clock.advance(300_000)
    sender.enqueue(job())
    await clock.advance(300_000)
    expect(got).toHaveLength(1)
    await clock.advance(1_000)
    await posts(2)
    await quiet()
    expect(results).toEqual(['taken'])
  })

  it('one whose place was taken while it was out is not tried again', async () => {
    const open: ((outcome: Awaited<ReturnType<Post>>) => void)[] = []
    const fakePost: Post = () => new Promise((done) => open.push(done))
    const { sender, job, results, clock } = setUp({ fakePost })
    sender.enqueue(job())
    sender.enqueue(job({ message: { payload: '{"rev":1}', urgency: 'high', topic: null } }))
    open[1]!({ kind: 'taken' })
    await expect.poll(() => results).toEqual(['taken'])
    open[0]!({ kind: 'later', why: '503', retry_after_ms: 0 })
    await clock.advance(3600_000)
    expect(open).toHaveLength(2)
    expect(sender.queued()).toBe(0)
  })

  it('one device in trouble holds up no other', async () => {
    answers = [[503], [503]]
    const { sender, job, posts, results, rests, quiet, clock } = setUp()
    for (const slot of ['1', '2', '3', '4', '5']) sender.enqueue(job({ slot }))
    await posts(5)
    await expect.poll(() => results.length).toBe(3)
    await rests(3)
    await clock.advance(2_000)
    await quiet()
    expect(results).toEqual(Array(5).fill('taken'))
  })
})

it('nothing of a push and no endpoint gets into the log', async () => {
  const lines: unknown[] = []
  const note = (...line: unknown[]) => void lines.push(line)
  const log = { debug: note, info: note, warn: note, error: note } as Log
  const clock = new ManualClock()
  const secret = 'SECRET-PATH'
  const { post, close } = webPush({ vapid, pushHosts: [origin, 'http://127.0.0.1:1'], now: clock.now })
  endings.push(close)
  const forget = () => Promise.reject(new Error('disk full'))
  const sender = createSender({ post, forget, clock, random: () => 0.5, width: 1, log })
  const devices = [
    ...Array.from({ length: 5 }, () => createPhone(`${origin}/${secret}`).device),
    createPhone(`http://127.0.0.1:1/${secret}`).device,
    createPhone(`https://not-listed.example/${secret}`).device,
  ]
  const broken = createPhone(`${origin}/${secret}`).device
  broken.subscription.keys.p256dh = 'SECRET-KEY'
  answers = [[201], [410], [403], [503], [302, { location: `${origin}/${secret}` }]]
  for (const [nr, device] of [...devices, broken].entries())
    sender.enqueue({
      slot: `alert ${nr}`,
      device: { id: `${nr}`, person: person('anna'), device, seen: 1 },
      message: { payload: '{"text":"SECRET-TEXT"}', urgency: 'high', topic: null },
      deadline: clock.now() + 60_000,
      done: () => {},
    })
  await expect.poll(() => clock.pending(), { timeout: 10_000 }).toBe(3)
  await sender.stop()
  const text = JSON.stringify(lines)
  for (const word of [
    'push failed',
    'push refused',
    '"taken":1',
    'disk full',
    '"later 503":1',
    '"later ECONNREFUSED":1',
  ])
    expect(text).toContain(word)
  expect(text).not.toContain('SECRET')
  for (const { subscription } of devices) {
    expect(text).not.toContain(subscription.keys.auth)
    expect(text).not.toContain(subscription.keys.p256dh)
  }
})
