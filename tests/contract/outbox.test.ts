import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { advance } from '../../src/core/advance.ts'
import type { OutboxItem } from '../../src/core/outbox.ts'
import type { OutboxPort } from '../../src/core/ports.ts'
import { openOutbox } from '../../src/platform/outbox.ts'
import { person } from '../fakes/agency.ts'
import { memoryOutbox } from '../fakes/memory-outbox.ts'

let databases = 0
const freshName = () => `outbox-${databases++}`
const implementations: [string, () => OutboxPort][] = [
  ['in memory', memoryOutbox],
  ['IndexedDB', () => openOutbox(freshName())],
]

const draft = (id: string) => ({
  client_id: id,
  person: person('anna'),
  created: 5,
  payload: { kind: 'event' as const, room: '!room' as const, type: 'm.room.message', content: { body: id } },
})
const sending = (item: OutboxItem): OutboxItem => ({ ...item, attempts: 1, delivery: { state: 'sending' } })
const idsOf = async (outbox: OutboxPort) => (await outbox.all()).map((i) => i.client_id)
const rising = (numbers: number[]) => numbers.every((n, i) => i === 0 || n > numbers[i - 1]!)

describe.each(implementations)('outbox: %s', (_name, create) => {
  it('OUT-1 holds what was added, as saved, when `add` has resolved', async () => {
    const outbox = create()
    await outbox.add([draft('x')])
    expect(await outbox.all()).toEqual([
      { ...draft('x'), seq: 1, attempts: 0, tried: {}, delivery: { state: 'saved' } },
    ])
  })

  it('OUT-3 numbers items in the order in which they were written, also when several write at once', async () => {
    const outbox = create()
    await outbox.add([draft('z'), draft('y')])
    await Promise.all([outbox.add([draft('c'), draft('d')]), outbox.add([draft('b')]), outbox.add([draft('a')])])
    expect(await idsOf(outbox)).toEqual(['z', 'y', 'c', 'd', 'b', 'a'])
    expect(rising((await outbox.all()).map((i) => i.seq))).toBe(true)
  })

  it('OUT-3 gives no number again while items are there', async () => {
    const outbox = create()
    await outbox.add([draft('a'), draft('b'), draft('c')])
    await outbox.change(['a', 'b'], () => null)
    await outbox.add([draft('d')])
    expect(await idsOf(outbox)).toEqual(['c', 'd'])
    expect(rising((await outbox.all()).map((i) => i.seq))).toBe(true)
  })

  it('takes a client id once, and of a refused batch nothing', async () => {
    const outbox = create()
    await outbox.add([draft('a')])
    await expect(outbox.add([draft('b'), draft('a')])).rejects.toThrow()
    await expect(outbox.add([draft('c'), draft('c')])).rejects.toThrow()
    expect(await idsOf(outbox)).toEqual(['a'])
    await outbox.add([draft('d')])
    expect(await idsOf(outbox)).toEqual(['a', 'd'])
  })

  it('writes what became of an item', async () => {
    const outbox = create()
    await outbox.add([draft('a'), draft('b')])
    const [a] = await outbox.all()
    const now = await outbox.change(['b', 'a'], (i) => (i.client_id === 'a' ? sending(i) : i))
    expect(now).toEqual([sending(a!)])
    expect((await outbox.all()).map((i) => i.delivery.state)).toEqual(['sending', 'saved'])
  })

  it('what was removed meanwhile stays removed', async () => {
    const outbox = create()
    await outbox.add([draft('a'), draft('b')])
    await outbox.change(['a'], () => null)
    expect(await outbox.change(['a', 'b'], sending)).toHaveLength(1)
    expect(await idsOf(outbox)).toEqual(['b'])
  })

  it('OUT-21 decides by what is there in this moment, also when several decide at once', async () => {
    const outbox = create()
    await outbox.add([draft('a')])
    const words = (text: string) =>
      outbox.change(['a'], (item) => advance(item, { type: 'edited', text }, 6, 0.5)).then((changed) => changed.length)
    const begin = () => outbox.change(['a'], (item) => advance(item, { type: 'started', site: 'a' }, 7, 0.5))
    const [first, begun, late] = await Promise.all([words('new'), begin(), words('late')])
    expect([first, late]).toEqual([1, 0])
    expect(begun).toMatchObject([{ delivery: { state: 'sending' }, payload: { content: { body: 'new' } } }])
    expect(await begin()).toEqual([])
    expect(await outbox.all()).toEqual(begun)
  })

  it('OUT-21 writes nothing of a change that breaks off', async () => {
    const outbox = create()
    await outbox.add([draft('a'), draft('b')])
    const before = await outbox.all()
    const breaks = (item: OutboxItem) => {
      if (item.client_id === 'b') throw new Error('no')
      return sending(item)
    }
    await expect(outbox.change(['a', 'b'], breaks)).rejects.toThrow('no')
    expect(await outbox.all()).toEqual(before)
  })

  it('removes what is not there without a word', async () => {
    const outbox = create()
    await outbox.change(['a'], () => null)
    expect(await outbox.all()).toEqual([])
  })

  it('gives copies: what is done to them changes nothing', async () => {
    const outbox = create()
    const written = draft('a')
    await outbox.add([written])
    written.payload.content.body = 'other'
    const [read] = await outbox.all()
    read!.attempts = 7
    expect(await outbox.all()).toMatchObject([{ attempts: 0, payload: { content: { body: 'a' } } }])
  })

  it('refuses what cannot be stored and keeps nothing of it', async () => {
    const outbox = create()
    const odd = { ...draft('b'), payload: { ...draft('b').payload, content: { body: () => {} } } }
    await expect(outbox.add([draft('a'), odd])).rejects.toThrow()
    expect(await outbox.all()).toEqual([])
  })

  it('says after each write that something was written, until nobody listens', async () => {
    const outbox = create()
    const seen: number[] = []
    const stop = outbox.onChange(() => void outbox.all().then((all) => seen.push(all.length)))
    await outbox.add([draft('a'), draft('b')])
    await outbox.change(['a'], (i) => i)
    await outbox.change(['a'], sending)
    await outbox.change(['a'], () => null)
    await outbox.all()
    expect(seen).toEqual([2, 2, 1])
    stop()
    await outbox.add([draft('c')])
    await outbox.all()
    expect(seen).toHaveLength(3)
  })
})

describe('outbox on disk', () => {
  it('OUT-12 is there when the browser is opened again', async () => {
    const name = freshName()
    await openOutbox(name).add([draft('a')])
    expect(await idsOf(openOutbox(name))).toEqual(['a'])
  })

  it('two windows share one, and each hears of what the other writes', async () => {
    const name = freshName()
    const [one, other] = [openOutbox(name), openOutbox(name)]
    const heard = new Promise<void>((resolve) => other.onChange(resolve))
    await Promise.all([one.add([draft('a'), draft('b')]), one.add([draft('c')])])
    await heard
    await other.add([draft('d')])
    expect(await idsOf(one)).toEqual(['a', 'b', 'c', 'd'])
  })
})
