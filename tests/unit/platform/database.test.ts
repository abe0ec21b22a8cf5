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
  let broken = true
  const open = database<Schema>('late', 1, (db, _from, _to, tx) => {
    db.createObjectStore('rows')
    if (!broken) return
    tx.done.catch(() => {})
    tx.abort()
  })
  await expect(open()).rejects.toThrow()
  broken = false
  expect((await open()).objectStoreNames.contains('rows')).toBe(true)
})

it('SYNC-18 a rolled-back app opens what a newer version has left, as it is', async () => {
  const newer = await openDB('newer', 7, { upgrade: (db) => void db.createObjectStore('rows') })
  await newer.put('rows', 'kept', 'key')
  newer.close()
  const db = await create('newer')()
  expect([db.version, await db.get('rows', 'key')]).toEqual([7, 'kept'])
  db.close()
  await deleteDB('newer')
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
