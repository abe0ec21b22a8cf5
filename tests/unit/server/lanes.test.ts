import { expect, it } from 'vitest'
import type { Outcome } from '../../../src/server/push/outcome.ts'
import type { Message, Post } from '../../../src/server/push/post.ts'
import { createSender, type Job } from '../../../src/server/push/sender.ts'
import { person, silentLog } from '../../fakes/agency.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { createPhone } from '../../fakes/phone.ts'

const PHONE = createPhone('https://push.example/1').device

function setUp(post: Post) {
  const clock = new ManualClock()
  const ports = { post, forget: () => Promise.resolve(), clock, random: () => 0.5, width: 1, log: silentLog }
  const sender = createSender(ports)
  const results: string[] = []
  const say = (payload: string, changes: Partial<Job> & { urgency?: Message['urgency'] } = {}) => {
    const { urgency = 'high', ...rest } = changes
    sender.enqueue({
      slot: payload,
      device: { id: 'phone', person: person('anna'), device: PHONE, seen: 1 },
      message: { payload, urgency, topic: null },
      deadline: clock.now() + 3600_000,
      done: (result) => void results.push(result),
      ...rest,
    })
  }
  return { clock, say, results, quiet: () => expect.poll(() => sender.queued()).toBe(0) }
}

it('PUSH-7 what nobody waits for any more is not tried again', async () => {
  let [wanted, tries] = [true, 0]
  const { clock, say, results, quiet } = setUp(async () => {
    tries += 1
    return { kind: 'later', why: '503', retry_after_ms: 1_000 }
  })
  say('alert', { wanted: () => wanted })
  await expect.poll(() => clock.pending()).toBe(2)
  wanted = false
  await clock.advance(600_000)
  await quiet()
  expect([tries, results]).toEqual([1, ['unwanted']])
})

it('PUSH-20 what is urgent goes before what waits already', async () => {
  const order: string[] = []
  const first = Promise.withResolvers<Outcome>()
  const { say, quiet } = setUp(async (_subscription, { payload }) => {
    order.push(payload)
    return payload === 'first' ? first.promise : { kind: 'taken' }
  })
  say('first', { urgency: 'normal' })
  say('message', { urgency: 'normal' })
  say('alert')
  say('another alert')
  first.resolve({ kind: 'taken' })
  await quiet()
  expect(order).toEqual(['first', 'alert', 'another alert', 'message'])
})
