/** A real homeserver is put back to an earlier copy of its database, under the shipped relay and the shipped engine. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TYPE } from '../../src/core/event.ts'
import { onlyOnce } from '../../src/core/timeline.ts'
import { relays } from '../../src/platform/relays.ts'
import { device, numbered, rest, signIn, texts, write } from '../support/matrix-device.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { startPhone } from '../support/phone.ts'
import { messagesOf } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const [PERSON, TEAM] = ['d.aydemir', 'Pforte und Haustechnik']

let pair: Pair
beforeAll(async () => {
  // Nobody confirms: the site stays the declared one.
  pair = await startPair({ relays: true, failover: { mode: 'confirm', confirm_within_s: 3600, then: 'nothing' } })
})
afterAll(() => pair?.stop())

/** A copy of the database of site A's homeserver while it runs; resolves with what puts it back, while it does not. */
async function copyOfA(): Promise<() => Promise<void>> {
  const file = join(pair.running.dir, 'a', 'homeserver.db')
  const copy = `${file}.copy`
  const copied = async (from: string, to: string) => {
    const db = new DatabaseSync(from)
    await backup(db, to)
    db.close()
  }
  await copied(file, copy)
  return async () => {
    for (const end of ['', '-wal', '-shm']) await rm(file + end, { force: true })
    await copied(copy, file)
  }
}

it('SITE-23, SITE-24, SYNC-21, OUT-25: the relay notices, the phone keeps what it had, gets what B wrote meanwhile, and sends again what is gone', async () => {
  const room = pair.room(TEAM)
  const { deployment } = pair.running
  const own = device()
  const account = await signIn(pair, own, PERSON)
  const phone = await startPhone(deployment, [account], own)
  const colleague = rest(await signIn(pair, device(), 'p.yildiz', 'b'))
  const [botAtA, readerAtB] = [await pair.bot('a'), await pair.bot('b')]
  const beat = async () => {
    const user = deployment.sites[0]!.bot!
    const said = await botAtA.accountData(user, TYPE.heartbeat, AbortSignal.timeout(5_000))
    return Number(said?.['beat'] ?? 0)
  }
  const shown = () => texts(own.projection, room)
  const epoch = async () => (await relays.status(deployment.sites[0]!.relay!, 5_000))?.epoch
  /** What a reader at B sees, each once. */
  const readAtB = async () =>
    onlyOnce(deployment, await messagesOf(readerAtB, room)).map(({ content }) => String(content['body']))

  await phone.say(room, 'vorher')
  await phone.taken()
  const beatBefore = await beat()
  const putBack = await copyOfA()
  const young = await signIn(pair, device(), PERSON)
  await phone.say(room, 'auch bei B')
  await waitFor('it at B', async () => (await readAtB()).includes('auch bei B'))
  await pair.running.kill('b')
  await phone.say(room, 'nur bei A')
  await phone.taken()
  await waitFor('it on the phone', async () => (await shown()).includes('nur bei A'))
  // What a copy lacks is noticed from ten seconds on.
  await waitFor('another beat', async () => (await beat()) > beatBefore + 1)
  const had = await shown()
  expect(await epoch()).toBe(0)

  await pair.running.kill('a')
  await putBack()
  await pair.running.start('b')
  await write(colleague, room, numbered('inzwischen', 15))
  await pair.running.start('a')

  const meanwhile = numbered('inzwischen', 15)
  const here = async () => {
    const now = await shown()
    expect(now).toEqual(expect.arrayContaining(had))
    return meanwhile.every((body) => now.includes(body))
  }
  // A walk every 20 s: a homeserver that comes back has not fetched all yet.
  await waitFor('what B wrote', here, 120_000)
  await waitFor('the epoch', async () => (await epoch()) === 1)
  await waitFor('the message that A had lost', async () => (await readAtB()).includes('nur bei A'))
  await phone.taken()
  await waitFor('the site to be live', async () => (await phone.status())?.sync === 'live')
  expect(await phone.status()).toMatchObject({ site: 'a' })
  const all = [...had, ...meanwhile].toSorted()
  expect((await shown()).filter((body, i, list) => list.indexOf(body) === i).toSorted()).toEqual(all)
  expect((await readAtB()).filter((body) => all.includes(body)).toSorted()).toEqual(all)
  expect(await epoch()).toBe(1)

  // A session that is younger than the copy is refused, and says so; the older one holds.
  expect(await own.matrix.whoami(young)).toBe(false)
  expect(await own.matrix.whoami(account)).toBe(true)
})
