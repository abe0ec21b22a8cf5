/** A site is put back to a copy in which somebody had left: shipped relays beside real homeservers. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { relays } from '../../src/platform/relays.ts'
import { SITES, startLeaving, TWO_LOOKS, type Leaving } from '../support/leaving.ts'
import { device, rest, signIn } from '../support/matrix-device.ts'
import { waitFor } from '../support/wait.ts'

let world: Leaving
beforeAll(async () => {
  world = await startLeaving()
})
afterAll(() => world?.stop())

/** Puts every account of a person out of the space and its rooms. */
async function putOut(person: string): Promise<void> {
  const bot = await world.pair.bot('a')
  for (const room of world.pair.roomsOf(person))
    for (const user_id of world.accountsOf(person))
      await bot.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/kick`, { body: { user_id } })
}

it('KEEP-4: a site is put back to a copy in which somebody had left who has long come back: no relay deletes their devices', async () => {
  const { pair, accountsOf, isKnown, phoneOf } = world
  const person = 'm.brandt'
  const phone = await phoneOf(person)
  const colleague = rest(await signIn(pair, device(), person, 'b'))
  await putOut(person)
  await waitFor('relay A to forget', async () => !(await isKnown(phone, 'a')), 2 * TWO_LOOKS)

  const file = join(pair.running.dir, 'a', 'homeserver.db')
  const copied = async (from: string, to: string) => {
    const db = new DatabaseSync(from)
    await backup(db, to)
    db.close()
  }
  await copied(file, `${file}.copy`)
  // The copy has to lack something that the relay knows of.
  await pause(15_000)
  const bot = await pair.bot('b')
  const [space, ...rooms] = pair.roomsOf(person)
  const here = accountsOf(person)[1]!
  for (const room of [space!, ...rooms]) {
    await bot.invite(room, here)
    await colleague.join(room, [pair.site('b').server_name])
  }
  for (const site of SITES)
    await waitFor(`relay ${site} to take the phone again`, async () => (await phone.register(site)) === 'registered')

  await pair.running.kill('a')
  for (const end of ['', '-wal', '-shm']) await rm(file + end, { force: true })
  await copied(`${file}.copy`, file)
  await pair.running.start('a')
  await waitFor('the relay to notice', async () => (await relays.status(pair.site('a').relay, 5_000))?.epoch === 1)

  // What would delete them has its time twice over.
  for (let slice = 0; slice < 10; slice++) {
    await pause((2 * TWO_LOOKS) / 10)
    for (const site of SITES) expect(await isKnown(phone, site)).toBe(true)
  }
}, 1_200_000)
