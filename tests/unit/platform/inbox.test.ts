import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { describe, expect, test, vi } from 'vitest'
import { openInbox } from '../../../src/platform/inbox.ts'
import { openWindowInbox } from '../../../src/platform/inbox-window.ts'
import { person } from '../../fakes/agency.ts'
import { ALERT, revision } from '../sw/samples.ts'

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

test('NOTICE-7 of rooms with messages the last time is kept', async () => {
  let now = 1
  const inbox = openInbox(() => now++, 'rooms')
  for (const room of ['!1', '!2', '!1'] as const) await inbox.putRoom(room)
  expect(await inbox.rooms()).toEqual([
    { room: '!1', received_at: 3 },
    { room: '!2', received_at: 2 },
  ])
})

test('open windows are told to look', async () => {
  const inbox = openInbox(Date.now, 'subscription')
  let told = 0
  const stop = inbox.onChange(() => (told += 1))
  inbox.tell()
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

describe('NOTICE-5 of the answers to an alert', () => {
  const tap = { person: person('anna'), alert: ALERT, key: 'ok', since: 0, at: 100 }
  const given = (at: number, key = 'help') => ({
    person: person('anna'),
    response: { id: uuid(at), alert: ALERT, key, at },
  })

  test('the later one stays, by whomever it was given', async () => {
    const [worker, page] = [openInbox(Date.now, 'answers'), openInbox(Date.now, 'answers')]
    const first = await worker.giveAnswer(tap)
    expect(first.response).toMatchObject({ alert: ALERT, key: 'ok', at: 100 })
    await page.putAnswer(given(99))
    expect(await page.answers()).toEqual([first])
    await page.putAnswer(given(101))
    expect(await worker.answers()).toEqual([given(101)])
    expect((await worker.giveAnswer(tap)).response.at).toBe(102)
  })

  test('the same one again is no other, unless it was asked anew or refused', async () => {
    const inbox = openInbox(Date.now, 'again')
    const first = await inbox.giveAnswer(tap)
    expect(await inbox.giveAnswer({ ...tap, at: 200 })).toEqual(first)
    const anew = await inbox.giveAnswer({ ...tap, since: 150, at: 120 })
    expect(anew.response).toMatchObject({ key: 'ok', at: 150 })
    await inbox.noteAnswer(anew.response, { refused: true })
    expect((await inbox.giveAnswer({ ...tap, at: 300 })).response.id).not.toBe(anew.response.id)
  })

  test('what became of one is not said of another, and not taken back', async () => {
    const inbox = openInbox(Date.now, 'became')
    const { response: first } = await inbox.giveAnswer(tap)
    await inbox.putAnswer(given(500))
    await inbox.noteAnswer(first, { registered: { site: 'a', at: 1 } })
    expect(await inbox.answers()).toEqual([given(500)])
    await inbox.noteAnswer(given(500).response, { registered: { site: 'a', at: 501 } })
    await inbox.noteAnswer(given(500).response, { refused: true })
    expect(await inbox.answers()).toEqual([{ ...given(500), registered: { site: 'a', at: 501 } }])
    await inbox.dropAnswer(first)
    expect(await inbox.answers()).toHaveLength(1)
    await inbox.dropAnswer(given(500).response)
    expect(await inbox.answers()).toEqual([])
  })

  test('the newest fifty stay, and rows that cannot be read are not there', async () => {
    const inbox = openInbox(Date.now, 'many')
    for (let at = 1; at <= 53; at++) await inbox.giveAnswer({ ...tap, alert: uuid(at), at })
    const times = (await inbox.answers()).map(({ response }) => response.at).toSorted((a, b) => a - b)
    expect([times.length, times[0]]).toEqual([50, 4])
    const db = await openDB('many')
    await db.put('rows', { person: '', response: 7 }, `answer/${uuid(53)}`)
    await db.put('rows', { bearer: 7 }, 'access')
    await db.put('rows', { alerts: 'x' }, 'count')
    db.close()
    expect(await inbox.answers()).toHaveLength(49)
    expect([await inbox.access(), await inbox.counted()]).toEqual([null, null])
  })

  test('what a window writes it tells no other; what the worker gives it does', async () => {
    const inbox = openInbox(Date.now, 'quiet')
    const look = vi.fn()
    inbox.onChange(look)
    await inbox.putAnswer(given(1))
    await inbox.noteAnswer(given(1).response, { refused: true })
    await inbox.putAccess({ person: person('anna'), bearer: 'x', relays: [], offset: -5 })
    await inbox.putCount({ alerts: [ALERT], rooms: ['!1'] })
    expect(look).not.toHaveBeenCalled()
    await inbox.giveAnswer(tap)
    expect(look).toHaveBeenCalled()
    expect(await inbox.access()).toMatchObject({ bearer: 'x', offset: -5 })
    expect(await inbox.counted()).toMatchObject({ alerts: [ALERT], rooms: ['!1'] })
  })
})
