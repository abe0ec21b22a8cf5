/** What may have arrived, looked for on two real Synapses by the shipped adapter and the shipped drain (OUT-19). */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDrain } from '../../src/core/drain.ts'
import { TYPE } from '../../src/core/event.ts'
import type { ClientId, PersonId, RoomId } from '../../src/core/ids.ts'
import type { Account, Connection } from '../../src/core/ports.ts'
import type { EventGate, Found } from '../../src/core/sending.ts'
import { openClock } from '../../src/platform/clock.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { memoryOutbox } from '../fakes/memory-outbox.ts'
import { connect, device, rest, signIn } from '../support/matrix-device.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { messagesOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const [PERSON, TEAM, OTHER] = ['d.aydemir', 'Pforte und Haustechnik', 'Krisenstab']
const NIGHT = 25 * 3600_000
const clock = openClock()

let pair: Pair
beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair?.stop())

const message = (body: string, client_id: string = crypto.randomUUID()) => ({
  msgtype: 'm.text',
  body,
  [TYPE.clientId]: client_id,
})
const say = (account: Homeserver, room: RoomId, client_id: string) =>
  account.send(room, 'm.room.message', message('gesucht', client_id), client_id)
/** More than a page of own messages. */
async function saySoMuch(account: Homeserver, room: RoomId): Promise<void> {
  for (let i = 0; i < 120; i++) await account.send(room, 'm.room.message', message(`danach ${i}`), crypto.randomUUID())
}

/** A sign-in of the person. Transactions belong to a device: of one the next knows as little as of last week's. */
async function newDevice(site: 'a' | 'b' = 'a') {
  const phone = device()
  const account = await signIn(pair, phone, PERSON, site)
  return { account, connect: (at: Account = account) => connect(phone, at, pair.roomsOf(PERSON)) }
}

it('OUT-19 finds by its client id what another device sent, page by page, tells what is not there, and who did not say', async () => {
  const room = pair.room(TEAM)
  const [mine, theirs, there] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
  const event_id = await say(rest((await newDevice()).account), room, mine)
  await say(await pair.bot('a'), room, theirs)
  const { account, connect } = await newDevice()
  const connection = await connect()
  const since = Date.now() - 60_000
  /** What each page says, until one says no more. */
  async function look(id: string, senders = [account.user], where = room): Promise<Found[]> {
    const pages: Found[] = []
    for (let from: string | undefined; ;) {
      const found = await connection.find(senders, where, 'm.room.message', id, since, from)
      pages.push(found)
      if (typeof found !== 'object' || !('from' in found)) return pages
      from = found.from
    }
  }
  expect(await look(mine)).toEqual([{ event_id }])
  await saySoMuch(rest(account), room)
  const onward = { from: expect.any(String) as string }
  expect(await look(mine)).toEqual([onward, { event_id }])
  // Somebody else's message is not mine, whatever it says.
  expect((await look(theirs)).at(-1)).toBe('absent')
  // What was sent through the other site is in this one's room, by the account there.
  const atB = (await newDevice('b')).account
  const passed = await say(rest(atB), room, there)
  await waitFor('the copy at A', async () =>
    JSON.stringify(await look(there, [account.user, atB.user])).includes(passed),
  )
  expect((await look(there)).at(-1)).toBe('absent')

  const forbidden = { failure: { fate: 'refuse', reason: 'forbidden' } }
  expect(await look(mine, [account.user], pair.room('Referat 34, Leistung'))).toEqual([forbidden])
  const silent = { failure: { fate: 'wait', reason: 'network' } }
  const nowhere = await connect({ ...account, homeserver: 'http://127.0.0.1:9' })
  expect(await nowhere.find([account.user], room, 'm.room.message', mine, since)).toEqual(silent)
  const ended = look(mine)
  connection.stop()
  expect(await ended).toEqual([silent])
})

it('OUT-10, OUT-19 after a night on another device: what was taken without an answer is found, what never arrived goes out, each is there once', async () => {
  const outbox = memoryOutbox()
  let ahead = 0
  function drain(gate: EventGate) {
    const running = startDrain({
      store: outbox,
      events: () => gate,
      responses: { register: () => Promise.resolve([]) },
      now: () => Date.now() + ahead,
      random: () => Math.random(),
      at: (at, run) => clock.at(at - ahead, run),
      changed: () => {},
      trouble: (error) => expect.fail(String(error)),
    })
    running.poke()
    return running
  }
  const states = async () => (await outbox.all()).map((item) => item.delivery.state).join()
  const gateOf = (account: Account, connection: Connection): EventGate => ({
    ...connection,
    find: (...what) => connection.find([account.user], ...what),
  })
  const rooms = { arrived: pair.room(TEAM), lost: pair.room(OTHER) }
  await outbox.add(
    Object.entries(rooms).map(([body, room]) => {
      const client_id: ClientId = crypto.randomUUID()
      const payload = { kind: 'event', room, type: 'm.room.message', content: message(body, client_id) } as const
      return { client_id, person: PERSON as PersonId, created: Date.now(), payload }
    }),
  )

  const evening = await newDevice()
  const first = gateOf(evening.account, await evening.connect())
  // The answer to the one is lost on its way, the other is lost itself.
  const cut = drain({
    ...first,
    async send(room, ...rest) {
      if (room === rooms.arrived) expect(await first.send(room, ...rest)).toHaveProperty('event_id')
      return { failure: { fate: 'wait', reason: 'network' } }
    },
  })
  await waitFor('two that wait', async () => (await states()) === 'waiting,waiting')
  await cut.stop()
  await saySoMuch(rest(evening.account), rooms.arrived)

  ahead = NIGHT
  const morning = await newDevice()
  const next = drain(gateOf(morning.account, await morning.connect()))
  await waitFor('both to be taken', async () => (await states()) === 'taken,taken')
  await next.stop()
  for (const [body, room] of Object.entries(rooms)) {
    const there = (await messagesOf(rest(morning.account), room)).filter((e) => e.content['body'] === body)
    const item = (await outbox.all()).find((i) => i.client_id === there[0]?.content[TYPE.clientId])
    expect(there, body).toHaveLength(1)
    expect(item?.delivery).toMatchObject({ event_id: there[0]!.event_id })
  }
})
