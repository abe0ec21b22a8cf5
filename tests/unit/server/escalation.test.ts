import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { foldAlerts, type AlertContent, type AlertRevision } from '../../../src/core/alert.ts'
import type { PersonId } from '../../../src/core/ids.ts'
import type { RelayStatus } from '../../../src/core/relay.ts'
import { SCHEDULES } from '../../../src/core/repeating.ts'
import { createEscalation } from '../../../src/server/push/escalation.ts'
import { sentLog } from '../../../src/server/push/sent-log.ts'
import { webhook } from '../../../src/server/push/webhook.ts'
import { openStore } from '../../../src/server/store.ts'
import { ALERT_ID, alertContent, ALL, deploymentOf, person, silentLog } from '../../fakes/agency.ts'
import { memoryRegister } from '../../fakes/device-register.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { createPhone } from '../../fakes/phone.ts'
import { startGateway, type Call, type Gateway } from '../../support/sms-gateway.ts'

const MINUTE = 60_000
const PATIENCE = 15_000
const secret = Buffer.alloc(32, 5)

let gateway: Gateway
let running: { stop(): Promise<void> }[] = []

beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())
beforeEach(() => gateway.reset())
afterEach(async () => {
  for (const one of running) await one.stop()
  running = []
})

/** Two relays that know the same and read each other's status; anna, ben and chief are asked, anna has two devices. */
async function world() {
  const clock = new ManualClock()
  const revisions: AlertRevision[] = []
  const answered = new Set<PersonId>()
  const dead = new Set<string>()
  const register = memoryRegister()
  for (const id of ['one', 'two']) {
    const { device } = createPhone(`https://fcm.googleapis.com/${id}`)
    await register.put({ id, person: person('anna'), device, seen: 1 })
  }
  const stores = new Map(['a', 'b'].map((id) => [id, openStore(null)]))
  const sentOf = (id: string) => sentLog(stores.get(id)!)
  const peer = (id: string) =>
    dead.has(id) ? null : ({ relay: id, sent: sentOf(id).list(clock.now()) } as Partial<RelayStatus> as RelayStatus)
  const start = (self: string, to = gateway.url) => {
    const escalation = createEscalation({
      self,
      patience: PATIENCE,
      deployment: () => deploymentOf(),
      knowledge: {
        alerts: () => foldAlerts(revisions),
        audience: () => new Set(['anna', 'ben', 'chief'].map(person)),
        answered: () => answered,
      },
      schedules: SCHEDULES,
      peer,
      sent: sentOf(self),
      devices: register,
      call: webhook({ url: to, secret }, clock.now),
      clock,
      random: () => 0.5,
      log: silentLog,
    })
    running.push(escalation)
    return escalation
  }
  const send = (changes: Partial<AlertContent> = {}) => {
    const content = alertContent(clock.now(), changes)
    const event_id = `$${revisions.length}` as const
    revisions.push({ content, event_id, room_id: ALL, sender: '@chief:a.example', at: clock.now() })
  }
  const told = (id = 'a') => expect.poll(() => sentOf(id).list(clock.now()), { timeout: 10_000 })
  const posts = (count: number) => expect.poll(() => gateway.calls.length, { timeout: 10_000 }).toBe(count)
  /** A try has come to its end: it waits for another one. */
  const rests = () => expect.poll(() => clock.pending(), { timeout: 10_000 }).toBeGreaterThan(0)
  return { clock, answered, dead, start, send, told, posts, rests, sentOf }
}
const KEY = `${ALERT_ID}#webhook`
const bodies = () => gateway.calls.map(({ body }) => JSON.parse(body))

describe('PUSH-23 the webhook', () => {
  it('is told who has not answered when ringing is over, once', async () => {
    const { clock, answered, start, send, told } = await world()
    const escalation = start('a')
    send({ status: 'Exercise' })
    escalation.consider()
    await clock.advance(30 * MINUTE - 1)
    expect(gateway.calls).toEqual([])
    answered.add(person('ben'))
    await clock.advance(1)
    await told().toEqual([KEY])
    escalation.consider()
    await clock.advance(60 * MINUTE)
    expect(bodies()).toEqual([
      {
        v: 1,
        relay: 'a',
        at: expect.any(Number),
        alert: expect.objectContaining({ id: ALERT_ID, status: 'Exercise' }),
        text: expect.stringMatching(/^\[ÜBUNG\] SCHWERWIEGEND · Gebäude räumen\n\n/),
        link: `https://app.example/alert/${ALERT_ID}`,
        unanswered: [{ person: 'anna', devices: 2 }],
      },
    ])
  })

  it('can tell that it was us, and when', async () => {
    const { clock, start, send, told } = await world()
    send()
    start('a').consider()
    await clock.advance(30 * MINUTE)
    await told().toEqual([KEY])
    const [{ headers, body }] = gateway.calls as [Call]
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', secret).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
    expect(headers['webhook-timestamp']).toBe(String(clock.now() / 1000))
    expect(headers['content-type']).toBe('application/json')
  })

  it.each([500, 503, 429])('is tried again after %i, under the same id, with who is still silent', async (status) => {
    const { clock, answered, start, send, told, posts, rests } = await world()
    gateway.answers = [[status, { 'retry-after': '60' }]]
    send()
    start('a').consider()
    await clock.advance(30 * MINUTE)
    await posts(1)
    await rests()
    answered.add(person('ben'))
    await clock.advance(MINUTE)
    expect(gateway.calls).toHaveLength(1)
    await clock.advance(1_000)
    await told().toEqual([KEY])
    const [first, second] = gateway.calls
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(bodies().map((body) => body.unanswered.length)).toEqual([2, 1])
  })

  it.each([
    [
      'all have answered',
      ({ answered }: Awaited<ReturnType<typeof world>>) => answered.add(person('anna')).add(person('ben')),
    ],
    ['an all-clear was given', ({ send }: Awaited<ReturnType<typeof world>>) => send({ rev: 1, msg_type: 'AllClear' })],
    ['it was withdrawn', ({ send }: Awaited<ReturnType<typeof world>>) => send({ rev: 1, msg_type: 'Cancel' })],
  ])('is not told, or not any more, when %s', async (_why, change) => {
    const here = await world()
    const { clock, start, send, posts, rests } = here
    gateway.answers = [[503]]
    send()
    start('a').consider()
    await clock.advance(30 * MINUTE)
    await posts(1)
    await rests()
    change(here)
    await clock.advance(3 * 60 * MINUTE)
    expect(gateway.calls).toHaveLength(1)
  })

  it('is not told of an alert that expires before', async () => {
    const { clock, start, send } = await world()
    send({ expires: clock.now() + 20 * MINUTE })
    start('a').consider()
    await clock.advance(60 * MINUTE)
    expect(gateway.calls).toEqual([])
  })

  it.each([400, 401, 404, 302])('that refuses (%i) is not asked again by this relay', async (status) => {
    const { clock, start, send, posts, sentOf } = await world()
    gateway.answers = [[status, { location: gateway.url }]]
    const escalation = start('a')
    send()
    escalation.consider()
    await clock.advance(30 * MINUTE)
    await posts(1)
    await clock.advance(60 * MINUTE)
    escalation.consider()
    expect(gateway.calls).toHaveLength(1)
    expect(sentOf('a').list(clock.now())).toEqual([])
  })

  it('is told after a restart if it has not been', async () => {
    const { clock, start, send, told, posts, rests } = await world()
    gateway.answers = [[503]]
    send()
    const first = start('a')
    first.consider()
    await clock.advance(30 * MINUTE)
    await posts(1)
    await rests()
    await first.stop()
    start('a').consider()
    await told().toEqual([KEY])
    start('a').consider()
    await clock.advance(60 * MINUTE)
    expect(gateway.calls).toHaveLength(2)
  })

  it('is told by one relay while that one does it', async () => {
    const { clock, start, send, told } = await world()
    const relays = [start('a'), start('b')]
    send()
    for (const relay of relays) relay.consider()
    await clock.advance(30 * MINUTE)
    await told().toEqual([KEY])
    await clock.advance(60 * MINUTE)
    expect(bodies().map((body) => body.relay)).toEqual(['a'])
  })

  it('is told by the next relay, under the same id, when the first one cannot reach it or is dead', async () => {
    const { clock, start, send, told, dead } = await world()
    const relays = [start('a', 'http://127.0.0.1:1/hook'), start('b')]
    send()
    for (const relay of relays) relay.consider()
    await clock.advance(30 * MINUTE)
    expect(gateway.calls).toEqual([])
    await clock.advance(PATIENCE)
    await told('b').toEqual([KEY])
    dead.add('b')
    start('a').consider()
    await told('a').toEqual([KEY])
    expect(bodies().map((body) => body.relay)).toEqual(['b', 'a'])
    expect(new Set(gateway.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })
})
