// @vitest-environment node
import 'fake-indexeddb/auto'
import type { DBSchema } from 'idb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { database } from '../../../src/platform/database.ts'
import { openOutbox } from '../../../src/platform/outbox.ts'
import { keepStorage } from '../../../src/platform/storage.ts'
import { openSettings } from '../../../src/platform/settings.ts'
import { person } from '../../fakes/agency.ts'

interface Rows extends DBSchema {
  rows: { key: string; value: unknown }
}

function pageOf() {
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  const page = Object.assign(new EventTarget(), { document })
  return {
    page: page as unknown as Window,
    tell: (event: string) => page.dispatchEvent(new Event(event)),
    look() {
      document.visibilityState = 'visible'
      document.dispatchEvent(new Event('visibilitychange'))
    },
  }
}
const keeper = (makeRoom = () => Promise.resolve(false), { page } = pageOf()) =>
  keepStorage({ memory: () => Promise.reject(new Error('none')), makeRoom, page })
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
    expect(await storage.watch('projection', failing('UnknownError', 1), { rebuild: true }).write()).toBe('written')
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

describe('DEVICE-8 a page that leaves', () => {
  const draft = {
    client_id: 'x',
    person: person('anna'),
    created: 5,
    payload: { kind: 'event' as const, room: '!room' as const, type: 'm.room.message', content: {} },
  }
  it('lets go of what it holds: another page does not wait for it', async () => {
    const page = pageOf()
    const open = database<Rows>('held', 1, (db) => void db.createObjectStore('rows'), keeper(undefined, page))
    const tx = (await open()).transaction('rows', 'readwrite')
    const held = (async () => {
      for (;;) await tx.store.get('key')
    })().catch((error: DOMException) => error.name)
    const other = database<Rows>('held', 1, () => {})
    const written = other().then((db) => db.put('rows', 'theirs', 'key'))
    page.tell('pagehide')
    await written
    expect(await held).toBe('AbortError')
  })
  it('has written nothing of what was under way, and all of it once when it is back', async () => {
    const page = pageOf()
    const storage = keeper(undefined, page)
    const outbox = storage.watch('outbox', openOutbox('left', storage))
    await outbox.all()
    const added = outbox.add([draft])
    page.tell('pagehide')
    page.tell('freeze')
    const next = openOutbox('left')
    expect(await next.all()).toEqual([])
    page.tell('pageshow')
    await added
    expect((await next.all()).map(({ seq }) => seq)).toEqual([1])
    expect(storage.state().broken).toEqual([])
  })
  it('does again what a person said in the middle of it, and not what comes from a site', async () => {
    const page = pageOf()
    const storage = keeper(undefined, page)
    const leave = () => page.tell('pagehide')
    const outbox = storage.watch('outbox', openOutbox('amid', storage))
    await outbox.add([draft])
    let steps = 0
    const changed = outbox.change(['x'], (item) => {
      if (++steps === 1) {
        leave()
        page.tell('pageshow')
      }
      return { ...item, attempts: 1 }
    })
    expect(await changed).toMatchObject([{ attempts: 1 }])
    expect(steps).toBe(2)

    const once = { write: () => Promise.reject(new DOMException('left', 'AbortError')) }
    const written = storage.watch('settings', once, { once: ['write'] }).write()
    leave()
    await expect(written).rejects.toThrow('left')
    expect(storage.state().broken).toEqual([])
  })
  it('is the only harmless end of a transaction: another one is named', async () => {
    const storage = keeper()
    await expect(storage.watch('outbox', failing('AbortError', 1)).write()).rejects.toThrow()
    expect(storage.state().broken).toEqual(['outbox'])
  })
  it('holds nothing that it was still opening', async () => {
    const page = pageOf()
    const storage = keeper(undefined, page)
    await storage.ready()
    const opened = database<Rows>('opening', 1, (db) => void db.createObjectStore('rows'), storage)()
    let isOpen = false
    void opened.then(() => (isOpen = true)).catch(() => undefined)
    for (let i = 0; i < 5; i++) await Promise.resolve()
    page.tell('pagehide')
    await vi.waitFor(async () => expect((await indexedDB.databases()).map((db) => db.name)).toContain('opening'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isOpen).toBe(false)
  })
  it('is back when somebody looks at it, whatever the browser has told', async () => {
    const page = pageOf()
    const open = database<Rows>('looked', 1, (db) => void db.createObjectStore('rows'), keeper(undefined, page))
    page.tell('pagehide')
    const opened = open()
    page.look()
    expect((await opened).version).toBe(1)
  })
  it('begins nothing while it is away', async () => {
    const page = pageOf()
    const storage = keeper(undefined, page)
    const outbox = storage.watch('outbox', openOutbox('away', storage))
    await outbox.all()
    page.tell('pagehide')
    const added = outbox.add([draft])
    expect(await openOutbox('away').all()).toEqual([])
    page.tell('pageshow')
    await added
    expect(await openOutbox('away').all()).toHaveLength(1)
  })
})

describe('DEVICE-9 a storage that does not answer', () => {
  afterEach(() => void vi.useRealTimers())
  function silent(page = pageOf()) {
    vi.useFakeTimers()
    const storage = keeper(undefined, page)
    const answer = Promise.withResolvers<string>()
    const read = storage.watch('projection', { read: () => answer.promise }).read()
    return { storage, read, answer, ...page }
  }
  it('is named until it does', async () => {
    const { storage, read, answer } = silent()
    vi.advanceTimersByTime(14_999)
    expect(storage.state().silent).toEqual([])
    vi.advanceTimersByTime(1)
    expect(storage.state().silent).toEqual(['projection'])
    answer.resolve('at last')
    expect(await read).toBe('at last')
    expect(storage.state().silent).toEqual([])
  })
  it('is not one that has answered, or answered no', async () => {
    const { storage, read, answer } = silent()
    answer.reject(new DOMException('no', 'ConstraintError'))
    await expect(read).rejects.toThrow()
    vi.advanceTimersByTime(60_000)
    expect(storage.state().silent).toEqual([])
  })
  it('is not one that the page asks nothing of, for it is away', async () => {
    const { storage, tell } = silent()
    tell('pagehide')
    vi.advanceTimersByTime(3600_000)
    expect(storage.state().silent).toEqual([])
    tell('pageshow')
    vi.advanceTimersByTime(15_000)
    expect(storage.state().silent).toEqual(['projection'])
  })
})
