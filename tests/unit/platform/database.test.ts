import 'fake-indexeddb/auto'
import { deleteDB, openDB, type DBSchema } from 'idb'
import { expect, it } from 'vitest'
import { database, whole } from '../../../src/platform/database.ts'

interface Schema extends DBSchema {
  rows: { key: string; value: unknown }
}
const create = (name: string) => database<Schema>(name, 1, (db) => void db.createObjectStore('rows'))

it('a window with an older version stands in the way of no newer one', async () => {
  const old = create('upgraded')
  await (await old()).put('rows', 1, 'key')
  const newer = await openDB('upgraded', 2)
  expect(await newer.get('rows', 'key')).toBe(1)
  newer.close()
})

it('a database that could not be opened is tried again at the next use', async () => {
  const open = create('late')
  const newer = await openDB('late', 2)
  await expect(open()).rejects.toThrow()
  newer.close()
  await deleteDB('late')
  expect((await open()).objectStoreNames.contains('rows')).toBe(true)
})

it('a write of several is whole or not at all', async () => {
  const db = await create('whole')()
  const write = (values: unknown[]) => {
    const tx = db.transaction('rows', 'readwrite')
    return whole(tx, async () => {
      for (const [i, value] of values.entries()) await tx.store.put(value, String(i))
    })
  }
  await write(['a', 'b'])
  await expect(write(['c', () => {}])).rejects.toThrow()
  expect(await db.getAll('rows')).toEqual(['a', 'b'])
})
