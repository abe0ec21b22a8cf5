/** Up to where a person has read, on several devices of theirs and at two real Synapses. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TYPE } from '../../src/core/event.ts'
import type { RoomId } from '../../src/core/ids.ts'
import type { Account } from '../../src/core/ports.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { connect, device, rest, signIn, text } from '../support/matrix-device.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { startPhone } from '../support/phone.ts'
import { messagesOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const [PERSON, COLLEAGUE, TEAM] = ['d.aydemir', 'k.wolter', 'Pforte und Haustechnik']

let pair: Pair
let room: RoomId
beforeAll(async () => {
  pair = await startPair()
  room = pair.room(TEAM)
})
afterAll(() => pair?.stop())

/** A phone of the person, signed in at both sites. */
async function phone() {
  const app = device()
  const accounts: Account[] = []
  for (const site of ['a', 'b'] as const) accounts.push(await signIn(pair, app, PERSON, site))
  const { status } = await startPhone(pair.running.deployment, accounts, app)
  const isAt = (site: string) => waitFor(`the phone at ${site}`, async () => (await status())?.site === site)
  const hasRead = (at: number) =>
    waitFor(`the phone to have read up to ${at}`, async () => (await app.projection.readUpTo()).get(room) === at)
  return { ...app, accounts, isAt, hasRead, reads: (at: number) => app.projection.markRead(room, at) }
}

/** When messages were said, by the homeserver that took them. */
async function say(by: Homeserver, ...bodies: string[]): Promise<number[]> {
  for (const body of bodies) await by.send(room, 'm.room.message', text(body), randomUUID())
  const messages = await messagesOf(by, room)
  return bodies.map((body) => messages.find(({ content }) => content['body'] === body)!.origin_server_ts)
}
const held = (account: Account) =>
  rest(account).call(
    'GET',
    `/_matrix/client/v3/user/${encodeURIComponent(account.user)}/account_data/${TYPE.read}.${encodeURIComponent(room)}`,
  )

it('ROOM-13 ROOM-14 what is read on one device is read on all, also after a switch, and nobody else hears of it', async () => {
  const [first, second] = [await phone(), await phone()]
  for (const one of [first, second]) await one.isAt('a')
  const colleague = device()
  const theirs = await signIn(pair, colleague, COLLEAGUE)
  const [one, two, three] = (await say(rest(theirs), 'eins', 'zwei', 'drei')) as [number, number, number]

  await first.reads(two)
  await second.hasRead(two)
  await second.reads(three)
  await first.hasRead(three)
  await first.reads(one)
  await first.hasRead(three)
  const [atA, atB] = first.accounts as [Account, Account]
  // The time of a message and nothing else: when it was read stands nowhere.
  expect(await held(atA)).toEqual({ v: 1, at: three })

  await pair.running.kill('a')
  for (const phone of [first, second]) await phone.isAt('b')
  await waitFor('what B holds', async () => (await held(atB).catch(() => null))?.['at'] === three)
  const [four] = (await say(await pair.bot('b'), 'vier')) as [number]
  await second.reads(four)
  await first.hasRead(four)

  const third = device()
  const account = await signIn(pair, third, PERSON, 'b')
  await (await connect(third, account, [pair.demo.space, room])).is('live')
  await waitFor('a new device', async () => (await third.projection.readUpTo()).get(room) === four)
  const other = device()
  await (await connect(other, await signIn(pair, other, COLLEAGUE, 'b'), [pair.demo.space, room])).is('live')
  expect(await other.projection.readUpTo()).toEqual(new Map())
})
