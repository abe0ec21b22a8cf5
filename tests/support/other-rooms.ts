/** The rooms of an account's daily work, which are none of Notanker's: 300 of all sorts, and invitations nobody asked for. */
import { randomUUID } from 'node:crypto'
import type { RoomId, UserId } from '../../src/core/ids.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import type { DemoFile } from '../../src/stack/demo-file.ts'
import { logIn } from './rest.ts'

export interface OtherRooms {
  /** Joined by the account. */
  joined: RoomId[]
  /** The account is only invited. */
  invited: RoomId[]
  /** Somebody who is in all of them, and in none of the agency's. */
  colleague: Homeserver
}

interface Counts {
  rooms: number
  invitations: number
  /** In each room. */
  messages: number
}

/** At once: a homeserver does one thing at a time, but waits for its disk. */
const WORKERS = 6

/** Runs the jobs side by side; results in their order. */
async function all<T>(jobs: (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  const queue = jobs.entries()
  const worker = async () => {
    for (const [i, job] of queue) results[i] = await job()
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
  return results
}

const ENCRYPTION = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }

/** Of direct chats a homeserver names the people, for there is nothing else to call them by. */
export const isNameless = (number: number) => number % 10 === 2

/** What `/createRoom` is asked for the room of this number: chats, direct ones, encrypted ones, spaces. */
function roomBody(number: number): object {
  const name = `Alltag ${number}`
  if (number % 10 === 1) return { name, preset: 'public_chat', creation_content: { type: 'm.space' } }
  if (isNameless(number)) return { preset: 'trusted_private_chat', is_direct: true }
  if (number % 10 < 5) return { name, preset: 'public_chat', initial_state: [ENCRYPTION] }
  return { name, preset: 'public_chat' }
}

/** Every tenth room has been replaced by another one. */
const isTombstoned = (number: number) => number % 10 === 9

export const post = (account: Homeserver, room: RoomId, body: string) =>
  account.send(room, 'm.room.message', { msgtype: 'm.text', body }, randomUUID())

/** Somebody with an account at this site only. */
async function newColleague(site: DemoFile['sites'][number], admin: Homeserver): Promise<Homeserver> {
  const [person, password] = [`colleague-${randomUUID().slice(0, 8)}`, randomUUID()]
  const user = encodeURIComponent(`@${person}:${site.server_name}`)
  await admin.call('PUT', `/_synapse/admin/v2/users/${user}`, { body: { password, displayname: 'Kollege' } })
  return logIn(site, person, password)
}

/** Puts the account into them. `admin` is an account that may make others: the site's bot. */
export async function addOtherRooms(
  site: DemoFile['sites'][number],
  admin: Homeserver,
  account: Homeserver,
  { rooms = 300, invitations = 50, messages = 3 }: Partial<Counts> = {},
): Promise<OtherRooms> {
  const [colleague, user] = await Promise.all([newColleague(site, admin), account.whoami()])
  const create = async (body: object): Promise<RoomId> =>
    (await colleague.call('POST', '/_matrix/client/v3/createRoom', { body }))['room_id'] as RoomId
  const invite: UserId[] = [user]

  const join = (number: number) => async () => {
    const room = await create({ ...roomBody(number), invite })
    await account.join(room, [])
    for (let i = 0; i < messages; i++) await post(colleague, room, `Guten Morgen ${i}`)
    const successor = { body: 'Umgezogen', replacement_room: `!next${number}:${site.server_name}` }
    if (isTombstoned(number)) await colleague.setState(room, 'm.room.tombstone', '', successor)
    return room
  }
  const spam = (number: number) => () => create({ name: `Gewinnen Sie ${number}`, preset: 'private_chat', invite })
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
  return {
    joined: await all(numbers(rooms).map(join)),
    invited: await all(numbers(invitations).map(spam)),
    colleague,
  }
}
