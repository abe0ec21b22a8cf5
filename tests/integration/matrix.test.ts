/** The shipped Matrix adapter on two real Synapses: sessions, rooms, events out, and another site. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RoomId } from '../../src/core/ids.ts'
import type { Account } from '../../src/core/ports.ts'
import { Homeserver } from '../../src/server/homeserver.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { connect, device, numbered, rest, said, signIn, text, texts, write } from '../support/matrix-device.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { startPhone } from '../support/phone.ts'
import { bodiesOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

let pair: Pair
beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair?.stop())

describe('sessions', () => {
  it('signs in with the name of the profile, on a device of the same id if asked', async () => {
    const { matrix } = device()
    const first = await matrix.signIn(pair.site('a'), 'm.brandt', pair.password('m.brandt'), 'PHONE1', 'Test')
    expect(first).toMatchObject({
      name: 'Miriam Brandt',
      account: { site: 'a', user: `@m.brandt:${pair.site('a').server_name}`, device: 'PHONE1' },
    })
  })

  it('SIGN-2: tells a wrong password from a site that cannot be reached', async () => {
    const { matrix } = device()
    expect(await matrix.signIn(pair.site('a'), 'm.brandt', 'wrong', null, 'Test')).toEqual({
      failure: 'wrong_password',
    })
    const nobody = { id: 'a', homeserver: 'http://127.0.0.1:9' }
    expect(await matrix.signIn(nobody, 'm.brandt', 'wrong', null, 'Test')).toEqual({ failure: 'unreachable' })
  })

  it('knows whether a session holds, whether a homeserver answers, and proves a person to a relay', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'm.brandt')
    expect(await phone.matrix.answers(account.homeserver, 5_000)).toBe(true)
    expect(await phone.matrix.answers('http://127.0.0.1:9', 5_000)).toBe(false)
    expect(await phone.matrix.openId(account)).toMatchObject({ matrix_server_name: pair.site('a').server_name })
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
    const account = await signIn(pair, phone, 'l.hansen')
    const [person, agency] = [rest(account), await pair.bot('a')]
    const restricted = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: pair.demo.space }] }
    const open = await createRoom(agency, {
      preset: 'private_chat',
      initial_state: [{ type: 'm.room.join_rules', state_key: '', content: restricted }],
    })
    const closed = await createRoom(agency, { preset: 'private_chat' })
    await child(agency, open)
    await child(agency, closed)
    const stranger = await createRoom(rest(await signIn(pair, device(), 'k.wolter')), {
      preset: 'private_chat',
      invite: [account.user],
    })
    const leave = (room: RoomId) => person.call('POST', `/_matrix/client/v3/rooms/${room}/leave`, { body: {} })
    const offered = pair.room('Referat 34, Leistung')
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
    expect((await person.joinedRooms()).toSorted()).toEqual(pair.roomsOf('l.hansen').toSorted())
    const connection = await connect(phone, account, first!)
    await waitFor('the first answer', () => connection.looks())
    expect((await join())!.toSorted()).toEqual(named.toSorted())
    expect((await person.joinedRooms()).toSorted()).toEqual([...pair.roomsOf('l.hansen'), open].toSorted())
    expect(await person.joinedRooms()).not.toContain(stranger)
    const joined = async () => (await phone.projection.position(account.user))?.joined
    await waitFor('the room that was joined', async () => (await joined())?.includes(open))

    for (const room of [open, closed]) await agency.setState(pair.demo.space, 'm.space.child', room, {})
    const fewer = named.filter((room) => room !== open && room !== closed).toSorted()
    await waitFor('the space to name fewer', async () => (await join())?.length === fewer.length)
    expect((await join())!.toSorted()).toEqual(fewer)
  })

  it('READY-10: an account that does not sync joins what was offered to it at its site', async () => {
    const phone = device()
    const standby = await signIn(pair, phone, 'l.hansen', 'b')
    const [person, agency] = [rest(standby), await pair.bot('b')]
    const offered = pair.room('Referat 34, Leistung')
    await person.call('POST', `/_matrix/client/v3/rooms/${offered}/leave`, { body: {} })
    await agency.invite(offered, standby.user)
    expect(await person.joinedRooms()).not.toContain(offered)
    expect(await phone.matrix.joinOffered(standby, pair.running.deployment)).toContain(offered)
    expect(await person.joinedRooms()).toContain(offered)
    const nowhere = { ...standby, homeserver: 'http://127.0.0.1:9' }
    expect(await phone.matrix.joinOffered(nowhere, pair.running.deployment)).toBeNull()
  })

  it('SYNC-23 asks for the rooms when of the space only its creation is here, as after a start that was cut off', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'm.brandt')
    const agency = await pair.bot('a')
    const creation = (await agency.state(pair.demo.space)).find(({ type }) => type === 'm.room.create')!
    await phone.projection.add(pair.demo.space, { state: [creation] })
    const joined = await phone.matrix.joinAgencyRooms(account, pair.running.deployment)
    expect(joined).toContain(pair.room('Handbuch'))
  })

  it('says nothing of rooms to somebody who is not of the agency', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 't.schulte')
    const space = await createRoom(await pair.bot('a'), { preset: 'private_chat' })
    const elsewhere = { ...pair.running.deployment, space }
    expect(await phone.matrix.joinAgencyRooms(account, elsewhere)).toEqual([])
  })

  it('reads members and single state, keys with a slash too', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'm.brandt')
    const members = await phone.matrix.members(account, pair.room('Handbuch'))
    expect(members!.map((e) => e.state_key)).toContain(`@k.wolter:${pair.site('b').server_name}`)
    const part = await phone.matrix.stateEvent(
      account,
      pair.room('Handbuch'),
      'de.notanker.playbook.body',
      'raeumung/0',
    )
    expect(part).toMatchObject({ markdown: expect.any(String) as string })
    expect(await phone.matrix.stateEvent(account, pair.room('Handbuch'), 'de.notanker.playbook.body', 'x/0')).toBeNull()
  })
})

describe('events out', () => {
  it('OUT-4, OUT-8: sends once per transaction, names why not, and finds again what is there', async () => {
    const phone = device()
    const account = await signIn(pair, phone, 'm.brandt')
    const { send, has } = await connect(phone, account, pair.roomsOf('m.brandt'))
    const room = pair.room('Referat 34, Leistung')
    const sent = await send(room, 'm.room.message', text('einmal'), 'once')
    expect(sent).toEqual({ event_id: expect.stringMatching(/^\$/) as string })
    expect(await send(room, 'm.room.message', text('einmal'), 'once')).toEqual(sent)
    expect(await has(room, (sent as { event_id: `$${string}` }).event_id)).toBe(true)
    expect(await has(room, '$notthere')).toBe(false)
    expect(await send(pair.room('Alle Beschäftigten'), 'm.room.message', text('x'), 'a')).toEqual({
      failure: { fate: 'refuse', reason: 'forbidden' },
    })
    expect(await send(room, 'm.room.message', text('x'.repeat(70_000)), 'b')).toEqual({
      failure: { fate: 'refuse', reason: 'too_large' },
    })
    expect(await send('!notthere', 'm.room.message', text('x'), 'c')).toMatchObject({ failure: { fate: 'refuse' } })
  })
})

describe('sites', () => {
  it('SITE-27: goes on at the other address of one homeserver, with every room and every message once', async () => {
    const network = await startFaultProxy()
    onTestFinished(() => network.close())
    const door = await network.door({ host: '127.0.0.1', port: pair.running.ports.sites.a.client })
    const { deployment } = pair.running
    const [first] = deployment.sites.map(({ bot: _bot, ...site }) => ({
      ...site,
      homeserver: `http://127.0.0.1:${door}`,
    }))
    const second = { ...first!, id: 'a2', homeserver: deployment.sites[0]!.homeserver }
    const app = device()
    const signInAt = async (site: typeof second) => {
      const signedIn = await app.matrix.signIn(site, 'd.aydemir', pair.password('d.aydemir'), null, 'Test')
      return 'failure' in signedIn ? expect.fail(signedIn.failure) : signedIn.account
    }
    const [room, file] = [pair.room('Krisenstab'), { ...deployment, sites: [first!, second] }]
    const phone = await startPhone(file, [await signInAt(first!), await signInAt(second)], app)
    await phone.say(room, 'Adresse 1')
    await phone.taken()
    const at = (site: string) =>
      waitFor(site, async () => {
        const status = await phone.status()
        return status?.site === site && status.sync === 'live'
      })
    await at('a')
    network.set({ kind: 'refuse' })
    await at('a2')
    await phone.say(room, 'Adresse 2')
    await phone.taken()
    await write(await pair.bot('a'), room, ['Adresse 3'])
    await waitFor('its news', async () => (await said(app.projection, room, 'Adresse')).includes('Adresse 3'))
    expect(await said(app.projection, room, 'Adresse')).toEqual(['Adresse 1', 'Adresse 2', 'Adresse 3'])
    const known = [...(await app.projection.load()).rooms.keys()]
    expect(known.toSorted()).toEqual(pair.roomsOf('d.aydemir').toSorted())
    const there = (await bodiesOf(await pair.bot('a'), room)).filter((body) => body.startsWith('Adresse'))
    expect(there).toEqual(['Adresse 1', 'Adresse 2', 'Adresse 3'])
  })

  it('SITE-8: goes on at B while A is dead, with everything that was written there', async () => {
    const phone = device()
    const [atA, atB] = [await signIn(pair, phone, 'd.aydemir'), await signIn(pair, phone, 'd.aydemir', 'b')]
    const [room, rooms] = [pair.room('Krisenstab'), pair.roomsOf('d.aydemir')]
    const writer = rest(await signIn(pair, device(), 'j.lindhorst', 'b'))
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
