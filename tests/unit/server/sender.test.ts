import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import webpush from 'web-push'
import type { RegisteredDevice } from '../../../src/server/devices/register.ts'
import { outcomeOf, waitFor } from '../../../src/server/push/outcome.ts'
import { webPush } from '../../../src/server/push/post.ts'
import { createSender, type Job } from '../../../src/server/push/sender.ts'
import { person, silentLog } from '../../fakes/agency.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { createPhone } from '../../fakes/phone.ts'

/** A push service on the loopback: answers as it is told and keeps what it got. */
let server: Server
let origin: string
let answers: [number, Record<string, string>?][] = []
let got: { headers: IncomingMessage['headers']; body: Buffer }[] = []

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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
beforeEach(() => {
  answers = []
  got = []
})

const keys = webpush.generateVAPIDKeys()
const vapid = { subject: 'mailto:krisenstab@example.org', ...keys }

function setUp(pushHosts = [origin]) {
  const clock = new ManualClock()
  const phone = createPhone(`${origin}/push/1`)
  const device: RegisteredDevice = { id: 'phone', person: person('anna'), device: phone.device, seen: 1 }
  const forgotten: string[] = []
  const results: string[] = []
  const post = webPush({ vapid, pushHosts, now: clock.now })
  const sender = createSender({
    post,
    forget: async (d) => void forgotten.push(d.id),
    clock,
    random: () => 0.999,
    width: 2,
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
    const { sender, job, quiet, results } = setUp(['fcm.googleapis.com'])
    sender.enqueue(job())
    await quiet()
    expect(results).toEqual(['refused'])
    expect(got).toEqual([])
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
    await clock.advance(599_000)
    expect(got).toHaveLength(1)
    await clock.advance(1_000)
    await posts(2)
    await quiet()
    expect(got[1]?.headers['ttl']).toBe(String(14_400 - 600))
  })

  it('gives up when the time of the push would be over', async () => {
    answers = [[503, { 'retry-after': '120' }]]
    const { sender, job, quiet, results, clock } = setUp()
    sender.enqueue(job({ deadline: clock.now() + 60_000 }))
    await quiet()
    expect(results).toEqual(['expired'])
  })

  it('a push service that is silent is a passing trouble', async () => {
    const { sender, job, clock, rests } = setUp(['http://127.0.0.1:1'])
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

describe('outcome of an answer', () => {
  it('reads Retry-After as seconds and as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    const later = (header: string | null) => outcomeOf(503, header, now)
    expect(later('7')).toMatchObject({ kind: 'later', retry_after_ms: 7_000 })
    expect(later('Thu, 01 Jan 2026 00:01:00 GMT')).toMatchObject({ retry_after_ms: 60_000 })
    expect(later('Wed, 31 Dec 2025 00:00:00 GMT')).toMatchObject({ retry_after_ms: 0 })
    expect(later('soon')).toMatchObject({ retry_after_ms: 0 })
    expect(later(null)).toMatchObject({ retry_after_ms: 0 })
  })

  it('waits longer each time, up to five minutes, and never less than asked', () => {
    const waits = [1, 2, 3, 20].map((tries) => waitFor(tries, 0, 1))
    expect(waits).toEqual([2_000, 4_000, 8_000, 300_000])
    expect(waitFor(1, 60_000, 0)).toBe(60_000)
    expect(waitFor(1, 0, 0)).toBe(1_000)
  })
})
