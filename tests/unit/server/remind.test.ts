import { expect, it } from 'vitest'
import { readPush } from '../../../src/core/push.ts'
import { remind } from '../../../src/server/devices/remind.ts'
import type { Message } from '../../../src/server/push/post.ts'
import type { Outcome } from '../../../src/server/push/outcome.ts'
import { deploymentOf, person, silentLog } from '../../fakes/agency.ts'
import { memoryRegister } from '../../fakes/device-register.ts'
import { createPhone } from '../../fakes/phone.ts'

const DAY = 24 * 3600_000
const MONDAY_NOON = new Date(2027, 0, 4, 12).getTime()

async function world(changes: { active?: string; outcome?: Outcome; now?: number } = {}) {
  const register = memoryRegister()
  let now = changes.now ?? MONDAY_NOON
  const add = (id: string, seen: number, expired: string[] = []) => {
    const { device } = createPhone(`https://fcm.googleapis.com/${id}`)
    return register.put({ id, person: person(id), seen, device: { ...device, expired } })
  }
  await add('in-use', now - DAY)
  await add('expired', now - DAY, ['b'])
  await add('unseen', now - 8 * DAY)
  const posted: { to: string; message: Message }[] = []
  const look = () =>
    remind({
      self: 'a',
      deployment: () => deploymentOf(),
      active: () => changes.active ?? 'a',
      register,
      post: ({ endpoint }, message) => {
        posted.push({ to: endpoint.split('/').at(-1)!, message })
        return Promise.resolve(changes.outcome ?? { kind: 'taken' })
      },
      now: () => now,
      log: silentLog,
    })
  return { register, posted, look, pass: (ms: number) => void (now += ms) }
}

it('READY-9 asks those whose standby may be gone, in plain words and without ringing like an alert', async () => {
  const { posted, look } = await world()
  await look()
  expect(posted.map(({ to }) => to)).toEqual(['expired', 'unseen'])
  for (const { message } of posted) {
    expect(message).toMatchObject({ urgency: 'normal', topic: 'reminder' })
    const push = readPush(JSON.parse(message.payload))
    expect(push?.['de.notanker']).toEqual({ v: 1, kind: 'reminder' })
    expect(push?.notification.navigate).toMatch(/\/readiness$/)
  }
  expect(new Set(posted.map(({ message }) => readPush(JSON.parse(message.payload))!.notification.title)).size).toBe(2)
})

it('READY-9 asks once a week', async () => {
  const { posted, look, pass } = await world()
  await look()
  pass(DAY)
  await look()
  expect(posted).toHaveLength(2)
  pass(6 * DAY)
  await look()
  // The one that was in use has not been seen for a week now either.
  expect(posted.slice(2).map(({ to }) => to)).toEqual(['expired', 'in-use', 'unseen'])
})

it.each([
  ['another site is active', { active: 'b' }],
  ['it is Saturday', { now: MONDAY_NOON - 2 * DAY }],
])('READY-9 says nothing while %s', async (_, changes) => {
  const { posted, look } = await world(changes)
  await look()
  expect(posted).toEqual([])
})

it('READY-9 asks again when the push service did not take it, and PUSH-6 forgets a subscription that has ended', async () => {
  const later = await world({ outcome: { kind: 'later', why: '503', retry_after_ms: 0 } })
  await later.look()
  await later.look()
  expect(later.posted).toHaveLength(4)
  const gone = await world({ outcome: { kind: 'gone' } })
  await gone.look()
  expect((await Array.fromAsync(gone.register.all())).map(({ id }) => id)).toEqual(['in-use'])
})
