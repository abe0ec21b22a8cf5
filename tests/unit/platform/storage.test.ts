// @vitest-environment node
import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { openOutbox } from '../../../src/platform/outbox.ts'
import { keepStorage } from '../../../src/platform/storage.ts'
import { openSettings } from '../../../src/platform/settings.ts'

const keeper = (makeRoom = () => Promise.resolve(false)) =>
  keepStorage({ memory: () => Promise.reject(new Error('none')), makeRoom })
const failing = (name: string, times: number) => {
  let left = times
  return {
    async write() {
      if (left-- > 0) throw new DOMException('no', name)
      return 'written'
    },
  }
}

describe('DEVICE-1 what has no room', () => {
  it('is not called written, and is told', async () => {
    const storage = keeper()
    await expect(storage.watch('outbox', failing('QuotaExceededError', 9)).write()).rejects.toThrow()
    expect(storage.state().full).toBe(true)
  })
  it('is written once something else has given way', async () => {
    let asked = 0
    const storage = keeper(() => Promise.resolve(++asked > 0))
    expect(await storage.watch('outbox', failing('QuotaExceededError', 1)).write()).toBe('written')
    expect(asked).toBe(1)
  })
})

describe('DEVICE-2 a handle that was closed', () => {
  it('is used once more, and is no trouble', async () => {
    const storage = keeper()
    expect(await storage.watch('settings', failing('InvalidStateError', 1)).write()).toBe('written')
    expect(storage.state().broken).toEqual([])
  })
})

describe('DEVICE-3 a damaged database', () => {
  it('is named until it works again, and not deleted unasked', async () => {
    const storage = keeper()
    const outbox = storage.watch('outbox', failing('UnknownError', 1))
    await expect(outbox.write()).rejects.toThrow()
    expect(storage.state().broken).toEqual(['outbox'])
    await outbox.write()
    expect(storage.state().broken).toEqual([])
  })
  it('is rebuilt by itself where everything in it can be had again', async () => {
    const storage = keeper()
    expect(await storage.watch('projection', failing('UnknownError', 1), true).write()).toBe('written')
  })
  it('is rebuilt on request, and whoever knew what was in it hears of it', async () => {
    const storage = keeper()
    const settings = storage.watch('settings', openSettings(undefined, storage))
    await settings.set('draft', 'words')
    await settings.get('draft')
    const heard: string[] = []
    settings.onChange((key) => heard.push(key))
    await storage.rebuild('settings')
    expect(await settings.get('draft')).toBeUndefined()
    expect(heard).toContain('draft')
    expect(storage.state().emptied).toBe(1)
  })
})

it('DEVICE-4 an outbox that was not there is told apart from an empty one', async () => {
  const storage = keeper()
  await storage.watch('outbox', openOutbox(undefined, storage)).all()
  expect(storage.state().newOutbox).toBe(true)
  const next = keeper()
  await next.watch('outbox', openOutbox(undefined, next)).all()
  expect(next.state().newOutbox).toBeUndefined()
})
