/** The shipped sync on two real Synapses, into the shipped projection. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { EventId, RoomId } from '../../src/core/ids.ts'
import type { Projection } from '../../src/core/ports.ts'
import { agencyRooms, maySendAlert, stateOf } from '../../src/core/room.ts'
import {
  connect,
  device,
  numbered,
  position,
  rest,
  said,
  signIn,
  text,
  texts,
  write,
} from '../support/matrix-device.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { waitFor } from '../support/wait.ts'

let pair: Pair
beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair?.stop())
afterEach(() => vi.restoreAllMocks())

/** Of requests, the `since` of each sync. */
const syncsOf = (calls: readonly unknown[][]) =>
  calls
    .map(([url]) => new URL(String(url)))
    .filter((url) => url.pathname.endsWith('/sync'))
    .map((url) => url.searchParams.get('since'))

/** Whether an event is on the device, shown or not. */
async function isHere(projection: Projection, room_id: RoomId, event_id: EventId): Promise<boolean> {
  const at = { sender: '@x:x', origin_server_ts: Date.now() } as const
  const asked = { ...at, room_id, event_id, type: 'm.room.message', content: {} }
  return (await projection.knows(room_id, [asked])).has(event_id)
}

describe('sync', () => {
  it('APP-1, ROOM-4, SYNC-5, SYNC-11: brings rooms that core understands, without the texts of playbooks', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'p.yildiz')
    const { is, states } = await connect(phone, account, pair.roomsOf('p.yildiz'))
    await is('live')
    expect(states).toEqual(['connecting', 'live'])
    const { rooms, synced_at } = await phone.projection.load()
    expect(synced_at).not.toBeNull()
    const agency = agencyRooms(pair.demo.space, rooms)
    expect(agency.map((room) => room.id).toSorted()).toEqual(pair.roomsOf('p.yildiz').slice(1).toSorted())
    const alert = agency.find((room) => room.title === 'Alle Beschäftigten')!
    expect(maySendAlert(alert, `@notanker:${pair.site('b').server_name}`)).toBe(true)
    expect(maySendAlert(alert, account.user)).toBe(false)
    const handbook = rooms.get(pair.room('Handbuch'))!
    expect(stateOf(handbook, 'de.notanker.playbook', 'raeumung')?.content['parts']).toBeGreaterThan(0)
    const types = [...handbook.state.values(), ...handbook.timeline].map((e) => e.type)
    expect(types).not.toContain('de.notanker.playbook.body')
  })

  it('SYNC-1: goes on where it was after a restart, without losing or repeating', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'd.aydemir')
    const [room, writer] = [pair.room('Krisenstab'), rest(await signIn(pair, device(), 'j.lindhorst'))]
    const first = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await first.is('live')
    await write(writer, room, ['weiter 0'])
    await waitFor('the first message', async () => (await said(phone.projection, room, 'weiter')).length === 1)
    const since = await position(phone, account)
    first.stop()
    await write(writer, room, ['weiter 1', 'weiter 2'])
    const asked = vi.spyOn(globalThis, 'fetch')
    const second = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await second.is('live')
    expect(syncsOf(asked.mock.calls)[0]).toBe(since)
    await waitFor('all messages', async () => (await said(phone.projection, room, 'weiter')).length >= 3)
    expect(await said(phone.projection, room, 'weiter')).toEqual(numbered('weiter', 3))
  })

  it('SYNC-6, SYNC-7: fills a gap of 60 events, also where the first attempt was cut off', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'd.aydemir')
    const [room, writer] = [pair.room('Krisenstab'), rest(await signIn(pair, device(), 'j.lindhorst'))]
    const before = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await before.is('live')
    await position(phone, account)
    before.stop()
    await write(writer, room, numbered('Lücke', 60))

    const real = globalThis.fetch
    const cut = vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
      return String(url).includes('/messages') ? Promise.reject(new TypeError('cut')) : real(url, init)
    })
    const interrupted = await connect(phone, account, pair.roomsOf('d.aydemir'))
    // The newest are there at once.
    await waitFor('the newest', async () => (await texts(phone.projection, room)).at(-1) === 'Lücke 59')
    expect((await said(phone.projection, room, 'Lücke')).length).toBeLessThan(60)
    interrupted.stop()
    cut.mockRestore()

    const again = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await again.is('live')
    await waitFor('all 60', async () => (await said(phone.projection, room, 'Lücke')).length >= 60)
    expect(again.heard()).toEqual(expect.arrayContaining(numbered('Lücke', 60)))
    expect(await said(phone.projection, room, 'Lücke')).toEqual(numbered('Lücke', 60))
  })

  it('SYNC-8: lets no older state of a gap stand for the newest', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'd.aydemir')
    const [room, agency] = [pair.room('Krisenstab'), await pair.bot('a')]
    const before = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await before.is('live')
    await position(phone, account)
    before.stop()
    const topic = (topic: string) => agency.setState(room, 'm.room.topic', '', { topic })
    const old = await topic('alt')
    await write(agency, room, numbered('Thema', 12))
    await topic('neu')
    await write(agency, room, numbered('danach', 9))
    const again = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await again.is('live')
    await waitFor('the old event', () => isHere(phone.projection, room, old))
    const record = (await phone.projection.load()).rooms.get(room)!
    expect(stateOf(record, 'm.room.topic')?.content).toEqual({ topic: 'neu' })
  })

  it('SYNC-9: starts anew at a homeserver that was restored from a copy', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'd.aydemir')
    const before = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await before.is('live')
    const since = await position(phone, account)
    before.stop()
    const real = globalThis.fetch
    const asked = vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
      const first = syncsOf(asked.mock.calls).length === 1
      const old = first && String(url).includes('/sync')
      return old ? Promise.resolve(Response.json({ next_batch: 's1_0' })) : real(url, init)
    })
    const again = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await again.is('live')
    expect(syncsOf(asked.mock.calls).slice(0, 2)).toEqual([since, null])
    expect(again.restored()).toBe(1)
    await position(phone, account)
  })

  it('fails when the way is cut, and is live again by itself', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'd.aydemir')
    const [room, writer] = [pair.room('Krisenstab'), rest(await signIn(pair, device(), 'j.lindhorst'))]
    const connection = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await connection.is('live')
    const real = globalThis.fetch
    const cut = vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
      return /sync|versions/.test(String(url)) ? Promise.reject(new TypeError('cut')) : real(url, init)
    })
    await write(writer, room, ['Schnitt 0'])
    await connection.is('failing')
    await write(writer, room, ['Schnitt 1'])
    cut.mockRestore()
    await connection.is('live')
    await waitFor('both', async () => (await said(phone.projection, room, 'Schnitt')).length >= 2)
    expect(await said(phone.projection, room, 'Schnitt')).toEqual(numbered('Schnitt', 2))
  })

  it('takes back what was taken back', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'd.aydemir')
    const [room, writer] = [pair.room('Krisenstab'), rest(await signIn(pair, device(), 'j.lindhorst'))]
    const { is } = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await is('live')
    const id = await writer.send(room, 'm.room.message', text('Irrtum'), crypto.randomUUID())
    await waitFor('the message', async () => (await texts(phone.projection, room)).includes('Irrtum'))
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(id)}/r1`
    await writer.call('PUT', path, { body: {} })
    await waitFor('its end', async () => !(await texts(phone.projection, room)).includes('Irrtum'))
    expect(await isHere(phone.projection, room, id)).toBe(true)
  })

  it('forgets rooms that the account has left, and tells of invitations', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 's.baumann')
    const [room, agency] = [pair.room('Pforte und Haustechnik'), await pair.bot('a')]
    const connection = await connect(phone, account, pair.roomsOf('s.baumann'))
    await connection.is('live')
    const kick = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/kick`
    await agency.call('POST', kick, { body: { user_id: account.user } })
    await waitFor('the room to go', async () => !(await phone.projection.load()).rooms.has(room))
    const told = connection.looks()
    await agency.invite(room, account.user)
    await waitFor('the invitation', () => connection.looks() > told)
    expect(await phone.matrix.joinAgencyRooms(account, pair.running.deployment)).toContain(room)
    const asked = vi.spyOn(globalThis, 'fetch')
    await waitFor('the room', async () => (await phone.projection.load()).rooms.has(room))
    expect(syncsOf(asked.mock.calls)).not.toContain(null)
  })

  it('SIGN-3: says that the session was ended, and keeps everything', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'd.aydemir')
    const [room, writer] = [pair.room('Krisenstab'), rest(await signIn(pair, device(), 'j.lindhorst'))]
    const connection = await connect(phone, account, pair.roomsOf('d.aydemir'))
    await connection.is('live')
    const before = (await phone.projection.load()).rooms.size
    await rest(account).call('POST', '/_matrix/client/v3/logout', { body: {} })
    await write(writer, room, ['weckt die Anfrage'])
    await connection.is('signed_out')
    expect((await phone.projection.load()).rooms.size).toBe(before)
    expect(await connection.send(room, 'm.room.message', text('x'), 'after')).toEqual({
      failure: { fate: 'wait', reason: 'signed_out' },
    })
  })

  it('SYNC-22: the event of another branch brings back no state that was replaced', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'd.aydemir', 'b')
    const [room, rooms] = [pair.room('Krisenstab'), pair.roomsOf('d.aydemir')]
    const [atA, atB, writer] = [
      await pair.bot('a'),
      await pair.bot('b'),
      rest(await signIn(pair, device(), 'j.lindhorst')),
    ]
    const topic = async () =>
      stateOf((await phone.projection.load()).rooms.get(room)!, 'm.room.topic')?.content['topic']
    const { is } = await connect(phone, account, rooms)
    await is('live')
    await atA.setState(room, 'm.room.topic', '', { topic: 'vorher' })
    await waitFor('the topic', async () => (await topic()) === 'vorher')
    await pair.running.kill('b')
    await write(writer, room, ['Zweig 0'])
    await pair.running.kill('a')
    await pair.running.start('b')
    await atB.setState(room, 'm.room.topic', '', { topic: 'nachher' })
    await waitFor('the other topic', async () => (await topic()) === 'nachher')
    await pair.running.start('a')
    await waitFor('what A had kept', async () => (await texts(phone.projection, room)).includes('Zweig 0'))
    expect((await atB.stateEvent(room, 'm.room.topic'))?.content).toEqual({ topic: 'nachher' })
    expect(await topic()).toBe('nachher')
  })
})
