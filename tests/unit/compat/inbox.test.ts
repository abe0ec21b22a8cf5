import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { expect, test } from 'vitest'
import { openInbox } from '../../../src/platform/inbox.ts'
import rows from '../../fixtures/0.1/inbox.json' with { type: 'json' }

const at = rows.link.at

async function written(more: Record<string, unknown> = {}) {
  const db = await openDB('notanker-inbox', 1, { upgrade: (fresh) => void fresh.createObjectStore('rows') })
  for (const [key, row] of Object.entries({ ...rows, ...more })) await db.put('rows', row, key)
  return db
}

test('UPDATE-8 what the worker of 0.1.0 has put by is read, what nobody knows is left alone', async () => {
  const later = { 'alert/later': { revision: { v: 2 } }, 'reminder/1': { at } }
  const db = await written(later)
  const inbox = openInbox(() => at)
  expect(await inbox.alerts()).toEqual([Object.values(rows)[0]])
  expect(await inbox.lastTest()).toEqual(rows.test)
  expect(await inbox.takeDeepLink()).toBe(rows.link.path)
  await inbox.putTest({ id: rows.test.id, sent_at: at })
  for (const [key, row] of Object.entries(later)) expect(await db.get('rows', key), key).toEqual(row)
  db.close()
})

test('UPDATE-8 a message of a later worker means "look", whatever it holds', async () => {
  const looks = Promise.withResolvers<unknown>()
  openInbox(() => at).onChange(() => looks.resolve(true))
  const worker = new BroadcastChannel('notanker-inbox')
  worker.postMessage({ v: 2, kind: 'from the future' })
  expect(await looks.promise).toBe(true)
  worker.close()
})
