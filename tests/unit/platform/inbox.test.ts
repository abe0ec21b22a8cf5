import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { expect, test, vi } from 'vitest'
import { openInbox } from '../../../src/platform/inbox.ts'
import { openWindowInbox } from '../../../src/platform/inbox-window.ts'
import { revision } from '../sw/samples.ts'

const uuid = (n: number) => `0198f3c0-1111-7000-8000-${String(n).padStart(12, '0')}`

test('PUSH-12 what the worker puts by, the page reads from its own handle', async () => {
  const [worker, page] = [openInbox(() => 7, 'two'), openInbox(() => 8, 'two')]
  await worker.putAlert(revision())
  await worker.putTest({ id: uuid(1), sent_at: 6 })
  expect(await page.alerts()).toEqual([{ revision: revision(), received_at: 7 }])
  expect(await page.lastTest()).toEqual({ id: uuid(1), sent_at: 6, received_at: 7 })
})

test('PUSH-12 a second copy keeps the time of the first; every revision is kept; the highest is told', async () => {
  let now = 1
  const inbox = openInbox(() => now++, 'copies')
  await inbox.putAlert(revision({ rev: 1 }))
  await inbox.putAlert(revision({ rev: 1 }))
  expect((await inbox.putAlert(revision({ rev: 0 }))).content.rev).toBe(1)
  expect((await inbox.alerts()).map((row) => [row.revision.content.rev, row.received_at])).toEqual([
    [0, 2],
    [1, 1],
  ])
})

test('the newest fifty alerts stay', async () => {
  let now = 0
  const inbox = openInbox(() => now, 'bounded')
  for (now = 1; now <= 53; now++) await inbox.putAlert(revision({ id: uuid(100 - now) }))
  const times = (await inbox.alerts()).map((row) => row.received_at).toSorted((a, b) => a - b)
  expect(times).toHaveLength(50)
  expect(times[0]).toBe(4)
})

test('rows that cannot be read are not there', async () => {
  const inbox = openInbox(Date.now, 'broken')
  await inbox.putAlert(revision())
  const db = await openDB('broken')
  await db.put('rows', { revision: { content: 'x' }, received_at: 1 }, 'alert/x/0')
  await db.put('rows', 'x', 'test')
  await db.put('rows', { path: '//evil.example', at: Date.now() }, 'link')
  db.close()
  expect(await inbox.alerts()).toHaveLength(1)
  expect(await inbox.lastTest()).toBeNull()
  expect(await inbox.takeDeepLink()).toBeNull()
})

test('PUSH-13 a link is followed once, and not after its time', async () => {
  let now = 0
  const inbox = openInbox(() => now, 'link')
  await inbox.putDeepLink('/alert/1')
  expect(await Promise.all([inbox.takeDeepLink(), openInbox(() => now, 'link').takeDeepLink()])).toContain('/alert/1')
  expect(await inbox.takeDeepLink()).toBeNull()
  await inbox.putDeepLink('/alert/1')
  now = 3_600_000
  expect(await inbox.takeDeepLink()).toBeNull()
})

test('a changed subscription is told to open windows', async () => {
  const inbox = openInbox(Date.now, 'subscription')
  let told = 0
  const stop = inbox.onChange(() => (told += 1))
  inbox.tellSubscriptionChange()
  stop()
  expect(told).toBe(1)
})

test('open windows hear of what another handle writes', async () => {
  const heard = Promise.withResolvers<void>()
  const stop = openInbox(Date.now, 'heard').onChange(heard.resolve)
  await openInbox(Date.now, 'heard').putDeepLink('/alert/1')
  await heard.promise
  stop()
})

test('clearing leaves nothing behind', async () => {
  const inbox = openInbox(Date.now, 'clear')
  await Promise.all([inbox.putAlert(revision()), inbox.putTest({ id: uuid(1), sent_at: 1 }), inbox.putDeepLink('/a')])
  await inbox.clear()
  expect([await inbox.alerts(), await inbox.lastTest(), await inbox.takeDeepLink()]).toEqual([[], null, null])
})

test('a handle makes way for whoever deletes the database, and opens again', async () => {
  const inbox = openInbox(Date.now, 'way')
  await inbox.putAlert(revision())
  const { promise, resolve } = Promise.withResolvers<void>()
  indexedDB.deleteDatabase('way').onsuccess = () => resolve()
  await promise
  expect(await inbox.alerts()).toEqual([])
})

test('PUSH-13 a hidden window leaves the link to the one in front, and looks again when it is shown', async () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  const inbox = openWindowInbox(page as unknown as Document, openInbox(Date.now, 'hidden'))
  const look = vi.fn()
  const stop = inbox.onChange(look)
  await inbox.putDeepLink('/alert/1')
  expect(await inbox.takeDeepLink()).toBeNull()
  look.mockClear()
  page.visibilityState = 'visible'
  page.dispatchEvent(new Event('visibilitychange'))
  expect(look).toHaveBeenCalledOnce()
  expect(await inbox.takeDeepLink()).toBe('/alert/1')
  stop()
  page.dispatchEvent(new Event('visibilitychange'))
  expect(look).toHaveBeenCalledOnce()
})
