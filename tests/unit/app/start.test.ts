// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { useNow } from '../../../src/app/now.ts'
import { startStores } from '../../../src/app/start.ts'
import type { Ports } from '../../../src/core/ports.ts'
import { fakePorts } from '../../fakes/ports.ts'
import { NOW, sampleDeployment, sampleRecords, sessionOf } from '../../fakes/sample.ts'
import { appWith } from '../../support/mount.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

/** The stores of a device in use; whether the first screen has been shown. */
async function start(change: (ports: Ports) => Partial<Ports>) {
  const known = { now: NOW, deployment: sampleDeployment(), session: sessionOf('anna'), records: sampleRecords() }
  const ports = await fakePorts(known)
  const { shown } = startStores(appWith({ ...ports, ...change(ports) }).app)
  let state: 'waiting' | 'shown' | 'failed' = 'waiting'
  shown.then(
    () => (state = 'shown'),
    () => (state = 'failed'),
  )
  return () => state
}

describe('APP-17 what comes after the first screen', () => {
  it('waits for what the device knows to be read and drawn', async () => {
    const read = Promise.withResolvers<void>()
    const state = await start(({ projection }) => ({
      projection: { ...projection, load: () => read.promise.then(() => projection.load()) },
    }))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(state()).toBe('waiting')
    read.resolve()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(state()).toBe('shown')
  })

  it('comes also where the storage hangs', async () => {
    const state = await start(({ projection }) => ({
      projection: { ...projection, load: () => new Promise(() => {}) },
    }))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(state()).toBe('shown')
  })

  it('is told where the storage cannot be read', async () => {
    const state = await start(({ settings }) => ({
      settings: {
        ...settings,
        get: (key) => (key === 'status' ? Promise.reject(new Error('broken')) : settings.get(key)),
      },
    }))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(state()).toBe('failed')
  })
})

describe('APP-17 the time of day', () => {
  it('stands still for a component that joins within one tick, and is right for one that comes later', () => {
    const scope = effectScope()
    const first = scope.run(useNow)!
    vi.setSystemTime(NOW + 4_000)
    scope.run(useNow)
    expect(first.value).toBe(NOW)
    vi.setSystemTime(NOW + 60_000)
    scope.run(useNow)
    expect(first.value).toBe(NOW + 60_000)
    scope.stop()
  })
})
