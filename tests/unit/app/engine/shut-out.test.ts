/** A device that reaches only sites that are closed, as far as it knows. */
import { expect, it } from 'vitest'
import { TYPE } from '../../../../src/core/event.ts'
import { parseOrNull } from '../../../../src/core/parse.ts'
import { statusSchema, type RelayStatus } from '../../../../src/core/relay.ts'
import { ALL, bot } from '../../../fakes/agency.ts'
import { event, NOW } from '../../../fakes/sample.ts'
import { run } from './run.ts'

it('SITE-26 a device that is shut out goes to a closed site when its relay says that it was opened; no other one asks', async () => {
  const closed = { v: 1, site: 'a', from: 'b', since: NOW, closed: ['b'], by: 'manager' }
  let asked = 0
  let said: RelayStatus | null = null
  const opened = { v: 1, relay: 'b', at: NOW, epoch: 0, sites: {}, verdict: {}, sent: [] } as const
  const status = (url: string) => Promise.resolve(url.includes('.b.') ? ((asked += 1), said) : null)
  const { world, ports, pass } = await run({ relays: { status } })
  await ports.projection.add(ALL, { state: [event(ALL, bot('b'), TYPE.activeSite, closed, { key: '', at: NOW })] })
  const before = asked
  await pass(10_000)
  expect(asked).toBe(before)
  world.up['a'] = false
  world.state['a']!('failing')
  await pass(10_000)
  expect(world.connected).toEqual(['a'])
  said = parseOrNull(statusSchema, { ...opened, active_site: 'b', active_since: NOW + 1 })
  await pass(10_000)
  expect(world.connected).toEqual(['a', 'b'])
})
