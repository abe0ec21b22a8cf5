/** The shipped Matrix adapter on two real Synapses, with the shipped projection. */
import 'fake-indexeddb/auto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { EventId, RoomId } from '../../src/core/ids.ts'
import type { Account, Matrix, Projection, SyncState } from '../../src/core/ports.ts'
import { KEEP } from '../../src/core/retention.ts'
import { agencyRooms, maySendAlert, stateOf } from '../../src/core/room.ts'
import { openMatrix } from '../../src/matrix/index.ts'
import { openClock } from '../../src/platform/clock.ts'
import { openProjection } from '../../src/platform/projection.ts'
import { Homeserver } from '../../src/server/homeserver.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { waitFor } from '../support/wait.ts'

const clock = openClock()

let pair: Pair
beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair?.stop())
afterEach(() => vi.restoreAllMocks())

type SiteId = Parameters<Pair['site']>[0]
const siteOf = (id: SiteId) => pair.site(id)
const roomOf = (title: string) => pair.room(title)
const roomsOf = (person: string) => pair.roomsOf(person)
const bot = (site: SiteId) => pair.bot(site)

/** A device of a person: what the app has, without screens. */
function device() {
  const projection = openProjection(`projection-${crypto.randomUUID()}`)
  return { projection, matrix: openMatrix({ projection, clock }) }
}
type Device = ReturnType<typeof device>

async function signIn({ matrix }: Device, person: string, site: SiteId = 'a'): Promise<Account> {
  const signedIn = await matrix.signIn(siteOf(site), person, pair.password(person), null, 'Test')
  if ('failure' in signedIn) throw new Error(signedIn.failure)
  return signedIn.account
}

async function connect({ matrix }: Device, account: Account, rooms: RoomId[]) {
  const states: SyncState[] = []
  const [looks, heard] = [vi.fn(), vi.fn<Parameters<Matrix['connect']>[2]['said']>()]
  const on = { state: (state: SyncState) => states.push(state), rooms: looks, said: heard }
  const connection = await matrix.connect(account, rooms, on)
  onTestFinished(() => connection.stop())
  const is = (state: SyncState) => waitFor(`"${state}", ${states.join()}`, () => states.at(-1) === state)
  const bodies = () => heard.mock.calls.flat(2).map(({ content }) => content['body'])
  return { ...connection, states, is, heard: bodies, looks: () => looks.mock.calls.length }
}

/** Where a restart goes on, once there are no gaps. */
const position = ({ projection }: Device, { user }: Account) =>
  waitFor('a position', async () => (await projection.position(user))?.since)

/** Of requests, the `since` of each sync. */
const syncsOf = (calls: readonly unknown[][]) =>
  calls
    .map(([url]) => new URL(String(url)))
    .filter((url) => url.pathname.endsWith('/sync'))
    .map((url) => url.searchParams.get('since'))

const rest = ({ homeserver, access_token }: Account) => new Homeserver(homeserver, access_token)

const text = (body: string) => ({ msgtype: 'm.text', body })
async function write(account: Homeserver, room: RoomId, bodies: string[]): Promise<void> {
  for (const body of bodies) await account.send(room, 'm.room.message', text(body), crypto.randomUUID())
}
const numbered = (word: string, count: number) => Array.from({ length: count }, (_, i) => `${word} ${i}`)

/** The texts of a room on the device, in its order. */
async function texts(projection: Projection, room: RoomId): Promise<unknown[]> {
  const all = { rooms: [room], newest: new Map([[room, KEEP]]) }
  const timeline = (await projection.load(all)).rooms.get(room)?.timeline ?? []
  return timeline.filter((e) => e.type === 'm.room.message').map((e) => e.content['body'])
}
/** Whether an event is on the device, shown or not. */
async function isHere(projection: Projection, room_id: RoomId, event_id: EventId): Promise<boolean> {
  const at = { sender: '@x:x', origin_server_ts: Date.now() } as const
  const asked = { ...at, room_id, event_id, type: 'm.room.message', content: {} }
  return (await projection.knows(room_id, [asked])).has(event_id)
}
/** Those of them that begin with the word. */
const said = async (projection: Projection, room: RoomId, word: string) =>
  (await texts(projection, room)).filter((body) => String(body).startsWith(`${word} `))

describe('sessions', () => {
  it('signs in with the name of the profile, on a device of the same id if asked', async () => {
    const { matrix } = device()
    const first = await matrix.signIn(siteOf('a'), 'm.brandt', pair.password('m.brandt'), 'PHONE1', 'Test')
    expect(first).toMatchObject({
      name: 'Miriam Brandt',
      account: { site: 'a', user: `@m.brandt:${siteOf('a').server_name}`, device: 'PHONE1' },
    })
  })

  it('SIGN-2: tells a wrong password from a site that cannot be reached', async () => {
    const { matrix } = device()
    expect(await matrix.signIn(siteOf('a'), 'm.brandt', 'wrong', null, 'Test')).toEqual({ failure: 'wrong_password' })
    const nobody = { id: 'a', homeserver: 'http://127.0.0.1:9' }
    expect(await matrix.signIn(nobody, 'm.brandt', 'wrong', null, 'Test')).toEqual({ failure: 'unreachable' })
  })

  it('knows whether a session holds, whether a homeserver answers, and proves a person to a relay', async () => {
    const phone = device()
    const account = await signIn(phone, 'm.brandt')
    expect(await phone.matrix.answers(account.homeserver, 5_000)).toBe(true)
    expect(await phone.matrix.answers('http://127.0.0.1:9', 5_000)).toBe(false)
    expect(await phone.matrix.openId(account)).toMatchObject({ matrix_server_name: siteOf('a').server_name })
    expect(await phone.matrix.whoami(account)).toBe(true)
    expect(await phone.matrix.whoami({ ...account, homeserver: 'http://127.0.0.1:9' })).toBeNull()
    await phone.matrix.signOut(account)
    expect(await phone.matrix.whoami(account)).toBe(false)
    expect(await phone.matrix.openId(account)).toBeNull()
  })

  it('never waits for ever for a server that is silent', async () => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => sockets.add(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
      sockets.forEach((socket) => socket.destroy())
    })
    const homeserver = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const phone = device()
    const account: Account = { site: 'a', user: '@a:x', device: 'D', access_token: 't', homeserver }
    const connection = await connect(phone, account, ['!room'])
    expect(await phone.matrix.answers(homeserver, 200)).toBe(false)
    const [signedIn, holds, sent, rooms] = await Promise.all([
      phone.matrix.signIn({ id: 'a', homeserver }, 'a', 'b', null, 'Test'),
      phone.matrix.whoami(account),
      connection.send('!room', 'm.room.message', text('x'), 'txn'),
      phone.matrix.joinAgencyRooms(account, pair.running.deployment),
      connection.is('failing'),
    ])
    expect(signedIn).toEqual({ failure: 'unreachable' })
    expect(holds).toBeNull()
    expect(sent).toEqual({ failure: { fate: 'wait', reason: 'network' } })
    expect(rooms).toBeNull()
    const last = connection.send('!room', 'm.room.message', text('x'), 'txn')
    connection.stop()
    expect(await last).toEqual({ failure: { fate: 'wait', reason: 'network' } })
  })
})

describe('rooms', () => {
  const child = async (space: Homeserver, room: RoomId) =>
    space.setState(pair.demo.space, 'm.space.child', room, { via: pair.demo.sites.map((s) => s.server_name) })

  async function createRoom(account: Homeserver, body: object): Promise<RoomId> {
    return (await account.call('POST', '/_matrix/client/v3/createRoom', { body }))['room_id'] as RoomId
  }

  it('ROOM-1, SYNC-3: joins what the space names and what is open or was offered, and nothing else', async () => {
    const phone = device()
    const account = await signIn(phone, 'l.hansen')
    const [person, agency] = [rest(account), await bot('a')]
    const restricted = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: pair.demo.space }] }
    const open = await createRoom(agency, {
      preset: 'private_chat',
      initial_state: [{ type: 'm.room.join_rules', state_key: '', content: restricted }],
    })
    const closed = await createRoom(agency, { preset: 'private_chat' })
    await child(agency, open)
    await child(agency, closed)
    const stranger = await createRoom(rest(await signIn(device(), 'k.wolter')), {
      preset: 'private_chat',
      invite: [account.user],
    })
    const leave = (room: RoomId) => person.call('POST', `/_matrix/client/v3/rooms/${room}/leave`, { body: {} })
    const offered = roomOf('Referat 34, Leistung')
    await leave(offered)
    await leave(pair.demo.space)
    await agency.invite(pair.demo.space, account.user)
    await agency.invite(offered, account.user)

    const join = () => phone.matrix.joinAgencyRooms(account, pair.running.deployment)
    const named = [pair.demo.space, ...pair.demo.rooms.map(({ room_id }) => room_id), open, closed]
    const first = await join()
    expect(first![0]).toBe(pair.demo.space)
    expect(first!.toSorted()).toEqual(named.toSorted())
    // Where it is not invited it looks once it knows where it is in.
    expect((await person.joinedRooms()).toSorted()).toEqual(roomsOf('l.hansen').toSorted())
    const connection = await connect(phone, account, first!)
    await waitFor('the first answer', () => connection.looks())
    expect((await join())!.toSorted()).toEqual(named.toSorted())
    expect((await person.joinedRooms()).toSorted()).toEqual([...roomsOf('l.hansen'), open].toSorted())
    expect(await person.joinedRooms()).not.toContain(stranger)
    const joined = async () => (await phone.projection.position(account.user))?.joined
    await waitFor('the room that was joined', async () => (await joined())?.includes(open))

    for (const room of [open, closed]) await agency.setState(pair.demo.space, 'm.space.child', room, {})
    const fewer = named.filter((room) => room !== open && room !== closed).toSorted()
    await waitFor('the space to name fewer', async () => (await join())?.length === fewer.length)
    expect((await join())!.toSorted()).toEqual(fewer)
  })

  it('says nothing of rooms to somebody who is not of the agency', async () => {
    const phone = device()
    const account = await signIn(phone, 't.schulte')
    const space = await createRoom(await bot('a'), { preset: 'private_chat' })
    const elsewhere = { ...pair.running.deployment, space }
    expect(await phone.matrix.joinAgencyRooms(account, elsewhere)).toEqual([])
  })

  it('reads members and single state, keys with a slash too', async () => {
    const phone = device()
    const account = await signIn(phone, 'm.brandt')
    const members = await phone.matrix.members(account, roomOf('Handbuch'))
    expect(members!.map((e) => e.state_key)).toContain(`@k.wolter:${siteOf('b').server_name}`)
    const part = await phone.matrix.stateEvent(account, roomOf('Handbuch'), 'de.notanker.playbook.body', 'raeumung/0')
    expect(part).toMatchObject({ markdown: expect.any(String) as string })
    expect(await phone.matrix.stateEvent(account, roomOf('Handbuch'), 'de.notanker.playbook.body', 'x/0')).toBeNull()
  })
})

describe('sync', () => {
  it('APP-1, ROOM-4, SYNC-5, SYNC-11: brings rooms that core understands, without the texts of playbooks', async () => {
    const phone = device()
    const account = await signIn(phone, 'p.yildiz')
    const { is, states } = await connect(phone, account, roomsOf('p.yildiz'))
    await is('live')
    expect(states).toEqual(['connecting', 'live'])
    const { rooms, synced_at } = await phone.projection.load()
    expect(synced_at).not.toBeNull()
    const agency = agencyRooms(pair.demo.space, rooms)
    expect(agency.map((room) => room.id).toSorted()).toEqual(roomsOf('p.yildiz').slice(1).toSorted())
    const alert = agency.find((room) => room.title === 'Alle Beschäftigten')!
    expect(maySendAlert(alert, `@notanker:${siteOf('b').server_name}`)).toBe(true)
    expect(maySendAlert(alert, account.user)).toBe(false)
    const handbook = rooms.get(roomOf('Handbuch'))!
    expect(stateOf(handbook, 'de.notanker.playbook', 'raeumung')?.content['parts']).toBeGreaterThan(0)
    const types = [...handbook.state.values(), ...handbook.timeline].map((e) => e.type)
    expect(types).not.toContain('de.notanker.playbook.body')
  })

  it('SYNC-1: goes on where it was after a restart, without losing or repeating', async () => {
    const phone = device()
    const account = await signIn(phone, 'd.aydemir')
    const [room, writer] = [roomOf('Krisenstab'), rest(await signIn(device(), 'j.lindhorst'))]
    const first = await connect(phone, account, roomsOf('d.aydemir'))
    await first.is('live')
    await write(writer, room, ['weiter 0'])
    await waitFor('the first message', async () => (await said(phone.projection, room, 'weiter')).length === 1)
    const since = await position(phone, account)
    first.stop()
    await write(writer, room, ['weiter 1', 'weiter 2'])
    const asked = vi.spyOn(globalThis, 'fetch')
    const second = await connect(phone, account, roomsOf('d.aydemir'))
    await second.is('live')
    expect(syncsOf(asked.mock.calls)[0]).toBe(since)
    await waitFor('all messages', async () => (await said(phone.projection, room, 'weiter')).length >= 3)
    expect(await said(phone.projection, room, 'weiter')).toEqual(numbered('weiter', 3))
  })

  it('SYNC-6, SYNC-7: fills a gap of 60 events, also where the first attempt was cut off', async () => {
    const phone = device()
    const account = await signIn(phone, 'd.aydemir')
    const [room, writer] = [roomOf('Krisenstab'), rest(await signIn(device(), 'j.lindhorst'))]
    const before = await connect(phone, account, roomsOf('d.aydemir'))
    await before.is('live')
    await position(phone, account)
    before.stop()
    await write(writer, room, numbered('Lücke', 60))

    const real = globalThis.fetch
    const cut = vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
      return String(url).includes('/messages') ? Promise.reject(new TypeError('cut')) : real(url, init)
    })
    const interrupted = await connect(phone, account, roomsOf('d.aydemir'))
    // The newest are there at once.
    await waitFor('the newest', async () => (await texts(phone.projection, room)).at(-1) === 'Lücke 59')
    expect((await said(phone.projection, room, 'Lücke')).length).toBeLessThan(60)
    interrupted.stop()
    cut.mockRestore()

    const again = await connect(phone, account, roomsOf('d.aydemir'))
    await again.is('live')
    await waitFor('all 60', async () => (await said(phone.projection, room, 'Lücke')).length >= 60)
    expect(again.heard()).toEqual(expect.arrayContaining(numbered('Lücke', 60)))
    expect(await said(phone.projection, room, 'Lücke')).toEqual(numbered('Lücke', 60))
  })

  it('SYNC-8: lets no older state of a gap stand for the newest', async () => {
    const phone = device()
    const account = await signIn(phone, 'd.aydemir')
    const [room, agency] = [roomOf('Krisenstab'), await bot('a')]
    const before = await connect(phone, account, roomsOf('d.aydemir'))
    await before.is('live')
    await position(phone, account)
    before.stop()
    const topic = (topic: string) => agency.setState(room, 'm.room.topic', '', { topic })
    const old = await topic('alt')
    await write(agency, room, numbered('Thema', 12))
    await topic('neu')
    await write(agency, room, numbered('danach', 9))
    const again = await connect(phone, account, roomsOf('d.aydemir'))
    await again.is('live')
    await waitFor('the old event', () => isHere(phone.projection, room, old))
    const record = (await phone.projection.load()).rooms.get(room)!
    expect(stateOf(record, 'm.room.topic')?.content).toEqual({ topic: 'neu' })
  })

  it('SYNC-9: starts anew at a homeserver that was restored from a copy', async () => {
    const phone = device()
    const account = await signIn(phone, 'd.aydemir')
    const before = await connect(phone, account, roomsOf('d.aydemir'))
    await before.is('live')
    const since = await position(phone, account)
    before.stop()
    const real = globalThis.fetch
    const asked = vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
      const first = syncsOf(asked.mock.calls).length === 1
      const old = first && String(url).includes('/sync')
      return old ? Promise.resolve(Response.json({ next_batch: 's1_0' })) : real(url, init)
    })
    const again = await connect(phone, account, roomsOf('d.aydemir'))
    await again.is('live')
    expect(syncsOf(asked.mock.calls).slice(0, 2)).toEqual([since, null])
    await position(phone, account)
  })

  it('fails when the way is cut, and is live again by itself', async () => {
    const phone = device()
    const account = await signIn(phone, 'd.aydemir')
    const [room, writer] = [roomOf('Krisenstab'), rest(await signIn(device(), 'j.lindhorst'))]
    const connection = await connect(phone, account, roomsOf('d.aydemir'))
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
    const account = await signIn(phone, 'd.aydemir')
    const [room, writer] = [roomOf('Krisenstab'), rest(await signIn(device(), 'j.lindhorst'))]
    const { is } = await connect(phone, account, roomsOf('d.aydemir'))
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
    const account = await signIn(phone, 's.baumann')
    const [room, agency] = [roomOf('Pforte und Haustechnik'), await bot('a')]
    const connection = await connect(phone, account, roomsOf('s.baumann'))
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
    const account = await signIn(phone, 'd.aydemir')
    const [room, writer] = [roomOf('Krisenstab'), rest(await signIn(device(), 'j.lindhorst'))]
    const connection = await connect(phone, account, roomsOf('d.aydemir'))
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
})

describe('events out', () => {
  it('OUT-4, OUT-8: sends once per transaction, names why not, and finds again what is there', async () => {
    const phone = device()
    const account = await signIn(phone, 'm.brandt')
    const { send, has } = await connect(phone, account, roomsOf('m.brandt'))
    const room = roomOf('Referat 34, Leistung')
    const sent = await send(room, 'm.room.message', text('einmal'), 'once')
    expect(sent).toEqual({ event_id: expect.stringMatching(/^\$/) as string })
    expect(await send(room, 'm.room.message', text('einmal'), 'once')).toEqual(sent)
    expect(await has(room, (sent as { event_id: `$${string}` }).event_id)).toBe(true)
    expect(await has(room, '$notthere')).toBe(false)
    expect(await send(roomOf('Alle Beschäftigten'), 'm.room.message', text('x'), 'a')).toEqual({
      failure: { fate: 'refuse', reason: 'forbidden' },
    })
    expect(await send(room, 'm.room.message', text('x'.repeat(70_000)), 'b')).toEqual({
      failure: { fate: 'refuse', reason: 'too_large' },
    })
    expect(await send('!notthere', 'm.room.message', text('x'), 'c')).toMatchObject({ failure: { fate: 'refuse' } })
  })
})

describe('sites', () => {
  it('SITE-8: goes on at B while A is dead, with everything that was written there', async () => {
    const phone = device()
    const [atA, atB] = [await signIn(phone, 'd.aydemir'), await signIn(phone, 'd.aydemir', 'b')]
    const [room, rooms] = [roomOf('Krisenstab'), roomsOf('d.aydemir')]
    const writer = rest(await signIn(device(), 'j.lindhorst', 'b'))
    const before = await connect(phone, atA, rooms)
    await before.is('live')
    const kept = (await texts(phone.projection, room)).length
    before.stop()
    await pair.running.kill('a')
    await write(writer, room, numbered('bei B', 115))

    expect(await phone.matrix.joinAgencyRooms(atB, pair.running.deployment)).toEqual(expect.arrayContaining(rooms))
    const after = await connect(phone, atB, rooms)
    await after.is('live')
    await waitFor('all 115', async () => (await said(phone.projection, room, 'bei')).length >= 115)
    expect(await said(phone.projection, room, 'bei')).toEqual(numbered('bei B', 115))
    expect((await texts(phone.projection, room)).length).toBeGreaterThanOrEqual(kept + 115)
    expect(await after.send(room, 'm.room.message', text('von B'), 'b1')).toHaveProperty('event_id')
    const dead = await connect(device(), atA, rooms)
    await dead.is('failing')
    expect(await dead.send(room, 'm.room.message', text('x'), 'd')).toEqual({
      failure: { fate: 'wait', reason: 'network' },
    })
  })
})
