// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { remember } from '../../../../src/app/memory.ts'
import { useReadiness } from '../../../../src/app/stores/readiness.ts'
import { useSession } from '../../../../src/app/stores/session.ts'
import { fakePorts } from '../../../fakes/ports.ts'
import { NOW, sampleDeployment, sampleRecords, sessionOf } from '../../../fakes/sample.ts'
import { appWith, settled } from '../../../support/mount.ts'

const ENDPOINT = 'https://push.example/1'
const subscription = { endpoint: ENDPOINT, keys: { p256dh: 'p'.repeat(87), auth: 'a'.repeat(22) } }
const id = (nr: number) => `0198cccc-0000-7000-8000-00000000000${nr}`

/** A phone that is registered at relay a; `answers` are what the relay says to each test. */
async function open(answers: ({ id: string; sent_at: number } | { failure: 'offline' })[]) {
  let received: { id: string; sent_at: number; received_at: number } | null = null
  let tested = 0
  const world = {
    now: NOW,
    deployment: { ...sampleDeployment(), vapid_public_key: 'key' },
    session: sessionOf('anna'),
    records: sampleRecords(),
    device: {
      pushState: () => Promise.resolve('subscribed' as const),
      subscription: () => Promise.resolve(subscription),
    },
    relays: { test: () => Promise.resolve(answers[tested++]!) },
  }
  const ports = await fakePorts(world)
  const listeners = new Set<() => void>()
  ports.inbox.lastTest = () => Promise.resolve(received)
  ports.inbox.onChange = (run) => {
    listeners.add(run)
    return () => listeners.delete(run)
  }
  await remember(ports.settings, 'registered', {
    endpoint: ENDPOINT,
    relays: sampleDeployment().sites.map((s) => s.relay!),
    at: NOW,
  })
  await remember(ports.settings, 'bearer', { bearer: 'b', expires: NOW + 3600_000, device: 'device-1' })
  const [session, readiness] = appWith(ports).inside(() => [useSession(), useReadiness()] as const)
  await session.start()
  await readiness.start()
  const arrives = async (of: string) => {
    received = { id: of, sent_at: NOW, received_at: ports.clock.now() }
    listeners.forEach((run) => run())
    await settled()
  }
  const row = () => readiness.rows.find((r) => r.id === 'push')
  return { ports, readiness, arrives, row, tested: () => tested }
}

it('PUSH-9 is received when its own push has come, and proves the row', async () => {
  const { readiness, arrives, row } = await open([{ id: id(1), sent_at: NOW }])
  await readiness.selfTest()
  expect(readiness.test).toEqual({ state: 'waiting' })
  await arrives(id(2))
  expect(readiness.test).toEqual({ state: 'waiting' })
  await arrives(id(1))
  expect(readiness.test).toMatchObject({ state: 'received' })
  expect(row()).toMatchObject({ state: 'proven' })
})

it('READY-2 a test that has failed stays failed, whatever came yesterday', async () => {
  const { readiness, arrives } = await open([
    { id: id(1), sent_at: NOW },
    { failure: 'offline' },
    { failure: 'offline' },
  ])
  await readiness.selfTest()
  await arrives(id(1))
  await readiness.selfTest()
  await arrives(id(1))
  expect(readiness.test).toEqual({ state: 'failed', failure: 'offline' })
})

it('one test at a time; the end of a former one does not end the next', async () => {
  const { ports, readiness, arrives, tested } = await open([
    { id: id(1), sent_at: NOW },
    { id: id(2), sent_at: NOW },
  ])
  await Promise.all([readiness.selfTest(), readiness.selfTest()])
  expect(tested()).toBe(1)
  await arrives(id(1))
  ports.clock.set(NOW + 30_000)
  await readiness.selfTest()
  ports.clock.set(NOW + 61_000)
  await settled()
  expect(readiness.test).toEqual({ state: 'waiting' })
  ports.clock.set(NOW + 91_000)
  await settled()
  expect(readiness.test).toEqual({ state: 'failed', failure: 'silent' })
})

it('READY-2 a proof ends with the subscription that it was made with', async () => {
  const { ports, readiness, arrives, row } = await open([{ id: id(1), sent_at: NOW }])
  await readiness.selfTest()
  await arrives(id(1))
  ports.device.subscription = () => Promise.resolve({ ...subscription, endpoint: 'https://push.example/2' })
  await readiness.start()
  expect(row()).toMatchObject({ state: 'open', finding: { kind: 'push_untested' } })
})
