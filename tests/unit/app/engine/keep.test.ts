import { expect, it } from 'vitest'
import { keep } from '../../../../src/app/engine/keep.ts'
import { fakePorts } from '../../../fakes/ports.ts'
import { settled } from '../../../support/mount.ts'

it('does the work at once, again when it is due, and never twice at a time', async () => {
  const { clock } = await fakePorts({ now: 0 })
  const [ends, counts] = [[] as (() => void)[], { started: 0, running: 0, most: 0 }]
  const kept = keep(
    clock,
    async () => {
      counts.started += 1
      counts.most = Math.max(counts.most, ++counts.running)
      await new Promise<void>((resolve) => ends.push(resolve))
      counts.running -= 1
      return 100
    },
    () => {},
  )
  await settled()
  kept.poke()
  kept.poke()
  await settled()
  expect(counts.started).toBe(1)
  ends.shift()!()
  await settled()
  // The pokes that came meanwhile are one more turn.
  expect(counts.started).toBe(2)
  ends.shift()!()
  await settled()
  clock.set(99)
  await settled()
  expect(counts.started).toBe(2)
  clock.set(100)
  await settled()
  expect(counts).toMatchObject({ started: 3, most: 1 })
  ends.shift()!()
  await kept.stop()
  clock.set(10_000)
  await settled()
  expect(counts.started).toBe(3)
})

it('tells of work that has failed, and tries again', async () => {
  const { clock } = await fakePorts({ now: 0 })
  const told: unknown[] = []
  let count = 0
  const kept = keep(
    clock,
    () => {
      count += 1
      return count === 1 ? Promise.reject(new Error('disk')) : Promise.resolve(null)
    },
    (error) => told.push(error),
  )
  await settled()
  expect(told).toHaveLength(1)
  clock.set(30_000)
  await settled()
  expect(count).toBe(2)
  await kept.stop()
})
