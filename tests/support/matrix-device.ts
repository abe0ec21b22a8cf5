/** The shipped Matrix adapter with the shipped projection on the device of a person of the demo. */
import 'fake-indexeddb/auto'
import { onTestFinished, vi } from 'vitest'
import type { RoomId } from '../../src/core/ids.ts'
import type { Account, Matrix, Projection, SyncState } from '../../src/core/ports.ts'
import { KEEP } from '../../src/core/retention.ts'
import { openMatrix } from '../../src/matrix/index.ts'
import { openClock } from '../../src/platform/clock.ts'
import { openProjection } from '../../src/platform/projection.ts'
import { Homeserver } from '../../src/server/homeserver.ts'
import type { DemoSiteId } from '../../src/stack/ports.ts'
import type { Servers } from './pair.ts'
import { waitFor } from './wait.ts'

const clock = openClock()

/** A device of a person: what the app has, without screens. */
export function device(name = `projection-${crypto.randomUUID()}`) {
  const projection = openProjection(name)
  return { projection, matrix: openMatrix({ projection, clock }) }
}
type Device = ReturnType<typeof device>

export async function signIn(
  servers: Servers,
  { matrix }: Device,
  person: string,
  site: DemoSiteId = 'a',
): Promise<Account> {
  const signedIn = await matrix.signIn(servers.site(site), person, servers.password(person), null, 'Test')
  if ('failure' in signedIn) throw new Error(signedIn.failure)
  return signedIn.account
}

export async function connect({ matrix }: Device, account: Account, rooms: RoomId[]) {
  const states: SyncState[] = []
  const [looks, restored, heard] = [vi.fn(), vi.fn(), vi.fn<Parameters<Matrix['connect']>[2]['said']>()]
  const on = { state: (state: SyncState) => states.push(state), rooms: looks, restored, said: heard }
  const connection = await matrix.connect(account, rooms, on)
  onTestFinished(() => connection.stop())
  const is = (state: SyncState) => waitFor(`"${state}", ${states.join()}`, () => states.at(-1) === state)
  const bodies = () => heard.mock.calls.flat(2).map(({ content }) => content['body'])
  return {
    ...connection,
    states,
    is,
    heard: bodies,
    looks: () => looks.mock.calls.length,
    restored: () => restored.mock.calls.length,
  }
}

/** Where a restart goes on, once there are no gaps. */
export const position = ({ projection }: Device, { user }: Account) =>
  waitFor('a position', async () => (await projection.position(user))?.since)

export const rest = ({ homeserver, access_token }: Account) => new Homeserver(homeserver, access_token)

export const text = (body: string) => ({ msgtype: 'm.text', body })
export async function write(account: Homeserver, room: RoomId, bodies: string[]): Promise<void> {
  for (const body of bodies) await account.send(room, 'm.room.message', text(body), crypto.randomUUID())
}
export const numbered = (word: string, count: number) => Array.from({ length: count }, (_, i) => `${word} ${i}`)

/** The texts of a room on the device, in its order. */
export async function texts(projection: Projection, room: RoomId): Promise<unknown[]> {
  const all = { rooms: [room], newest: new Map([[room, KEEP]]) }
  const timeline = (await projection.load(all)).rooms.get(room)?.timeline ?? []
  return timeline.filter((e) => e.type === 'm.room.message').map((e) => e.content['body'])
}
/** Those of them that begin with the word. */
export const said = async (projection: Projection, room: RoomId, word: string) =>
  (await texts(projection, room)).filter((body) => String(body).startsWith(`${word} `))
