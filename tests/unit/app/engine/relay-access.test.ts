import { expect, it } from 'vitest'
import type { Context } from '../../../../src/app/engine/context.ts'
import { relayAccess } from '../../../../src/app/engine/relay-access.ts'
import { remember } from '../../../../src/app/memory.ts'
import { fakePorts } from '../../../fakes/ports.ts'
import { NOW, sampleDeployment, sessionOf } from '../../../fakes/sample.ts'

const DAY = 24 * 3600_000

/** A device whose bearer ends in so many days, and how many new ones it was given. */
async function device(days: number, answers = true, life = 30) {
  const session = sessionOf('chief')
  const openId = () => Promise.resolve(answers ? { access_token: 't', matrix_server_name: 'a.example' } : null)
  let made = 0
  const ports = await fakePorts({
    now: NOW,
    session,
    relays: { session: () => Promise.resolve({ bearer: `new ${++made}`, expires: NOW + life * DAY }) },
  })
  await remember(ports.settings, 'bearer', { bearer: 'old', expires: NOW + days * DAY, device: session.device })
  const context = { ports, matrix: { openId }, session, deployment: sampleDeployment(), account: () => null }
  const access = relayAccess(context as unknown as Context)
  return { access, made: () => made }
}

it('LAST-8 a bearer is renewed a week before its end, and good until then', async () => {
  const early = await device(8)
  expect([await early.access.bearer(), early.made()]).toEqual(['old', 0])
  const late = await device(6)
  expect(await late.access.bearer()).toBe('old')
  await expect.poll(() => late.access.bearer()).toBe('new 1')
  expect(late.made()).toBe(1)
})

it('LAST-8 where nobody gives a new one, the old one is used to its end', async () => {
  expect(await (await device(6, false)).access.bearer()).toBe('old')
  expect(await (await device(0, false)).access.bearer()).toBeNull()
  expect(await (await device(0)).access.bearer()).toBe('new 1')
})

it('LAST-8 relays that give short ones are not asked without end', async () => {
  const { access, made } = await device(6, true, 1)
  await access.bearer()
  await expect.poll(() => access.bearer()).toBe('new 1')
  await access.bearer()
  expect(made()).toBe(1)
})
