import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import type { Settings } from '../../src/core/ports.ts'
import { openSettings } from '../../src/platform/settings.ts'
import { memorySettings } from '../fakes/memory-settings.ts'

let databases = 0
const freshName = () => `settings-${databases++}`
const implementations: [string, () => Settings][] = [
  ['in memory', memorySettings],
  ['IndexedDB', () => openSettings(freshName())],
]

describe.each(implementations)('settings: %s', (_name, create) => {
  it.each([['text'], [5], [false], [0], [['list']], [{ of: { things: [1] } }]])('remember %j', async (value) => {
    const settings = create()
    await settings.set('key', value)
    expect(await settings.get('key')).toEqual(value)
    expect(await settings.get('other')).toBeUndefined()
  })

  it('remember the last of two, and forget by null', async () => {
    const settings = create()
    await settings.set('key', 'one')
    await settings.set('key', 'two')
    expect(await settings.get('key')).toBe('two')
    await settings.set('key', null)
    expect(await settings.get('key')).toBeUndefined()
    await settings.set('never set', null)
  })

  it('keep copies', async () => {
    const settings = create()
    const value = { list: [1] }
    await settings.set('key', value)
    value.list.push(2)
    const read = (await settings.get('key')) as typeof value
    read.list.push(3)
    expect(await settings.get('key')).toEqual({ list: [1] })
  })

  it('refuse what cannot be stored', async () => {
    const settings = create()
    await settings.set('key', 1)
    await expect(settings.set('key', () => {})).rejects.toThrow()
    expect(await settings.get('key')).toBe(1)
  })

  it('SIGN-4 forget everything', async () => {
    const settings = create()
    await settings.set('a', 1)
    await settings.set('b', 2)
    await settings.clear()
    expect([await settings.get('a'), await settings.get('b')]).toEqual([undefined, undefined])
  })

  it('say which key was written, until nobody listens', async () => {
    const settings = create()
    const seen: string[] = []
    const stop = settings.onChange((key) => seen.push(key))
    await settings.set('b', 1)
    await settings.set('a', 1)
    await settings.set('a', null)
    await settings.set('c', 1)
    await settings.clear()
    expect(seen.slice(0, 4)).toEqual(['b', 'a', 'a', 'c'])
    expect(seen.slice(4).toSorted()).toEqual(['b', 'c'])
    stop()
    await settings.set('d', 1)
    expect(seen).toHaveLength(6)
  })

  it('have the new value when they say so', async () => {
    const settings = create()
    const value = new Promise((resolve) => settings.onChange((key) => void settings.get(key).then(resolve)))
    await settings.set('key', 'new')
    expect(await value).toBe('new')
  })
})

describe('settings on disk', () => {
  it('are there when the browser is opened again', async () => {
    const name = freshName()
    await openSettings(name).set('key', 'kept')
    expect(await openSettings(name).get('key')).toBe('kept')
  })

  it('another window hears which key was written', async () => {
    const name = freshName()
    const [one, other] = [openSettings(name), openSettings(name)]
    const heard = new Promise((resolve) => other.onChange(resolve))
    await one.set('language', 'en')
    expect(await heard).toBe('language')
    expect(await other.get('language')).toBe('en')
  })
})
