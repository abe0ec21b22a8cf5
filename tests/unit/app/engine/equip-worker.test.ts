import { expect, it } from 'vitest'
import type { PushState, WorkerAccess } from '../../../../src/core/ports.ts'
import { remember } from '../../../../src/app/memory.ts'
import { NOW } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { run } from './run.ts'

async function phone(state: PushState) {
  const given: WorkerAccess[] = []
  const push = { state }
  const engine = await run({
    device: { pushState: () => Promise.resolve(push.state) },
    relays: { session: (url: string) => Promise.resolve({ bearer: `by ${url}`, expires: NOW + 3600_000 }) },
    inbox: { putAccess: async (access) => void given.push(access) },
  })
  return { ...engine, given, push }
}
const [A, B] = ['a', 'b'].map((site) => ({ site, url: `https://relay.${site}.example` }))

it('NOTICE-2 the worker gets a bearer and the relays, that of the site in use first, and no Matrix token', async () => {
  const { given, world, ports, pass } = await phone('no_subscription')
  expect(given.at(-1)).toEqual({ person: 'anna', bearer: `by ${A!.url}`, relays: [A, B], offset: 0 })
  world.up['a'] = false
  world.state['a']!('failing')
  await pass(10_000)
  expect(given.at(-1)?.relays).toEqual([B, A])
  ports.clock.own = () => ports.clock.now() - 7
  await remember(ports.settings, 'clock', { offset: 7, at: NOW })
  await settled()
  expect(given.at(-1)?.offset).toBe(7)
})

it('NOTICE-2 nothing is given where nothing may ring, until it may', async () => {
  const { given, ports, push } = await phone('not_asked')
  expect(given).toEqual([])
  push.state = 'no_subscription'
  await remember(ports.settings, 'push_changed', NOW)
  await settled()
  expect(given.at(-1)?.person).toBe('anna')
})

it('NOTICE-2 SIGN-4 nothing is given after the sign-out', async () => {
  const late = Promise.withResolvers<{ bearer: string; expires: number }>()
  const given: WorkerAccess[] = []
  const { ports } = await run({
    device: { pushState: () => Promise.resolve('no_subscription') },
    relays: { session: () => late.promise },
    inbox: { putAccess: async (access) => void given.push(access) },
  })
  await remember(ports.settings, 'session', null)
  await settled()
  late.resolve({ bearer: 'late', expires: NOW + 3600_000 })
  await settled()
  expect(given).toEqual([])
})
