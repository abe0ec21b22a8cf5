/** An account that is also in 300 rooms of its daily work: what the shipped adapter asks for, gets and keeps (SYNC-19). */
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { startLink } from '../../src/app/engine/link.ts'
import { keepSnapshot } from '../../src/app/engine/snapshot.ts'
import { personOf } from '../../src/core/deployment.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { openClock } from '../../src/platform/clock.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { fakePorts } from '../fakes/ports.ts'
import { device, signIn } from '../support/matrix-device.ts'
import { addOtherRooms, isNameless, post, type OtherRooms } from '../support/other-rooms.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { logIn } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'

const [PERSON, WRITER] = ['s.baumann', 'k.wolter']
const [TEAM, CLOSED] = ['Pforte und Haustechnik', 'Referat 34, Leistung']

let pair: Pair
let others: OtherRooms
let writer: Homeserver
beforeAll(async () => {
  pair = await startPair()
  const [account, bot] = [await logIn(pair.site('a'), PERSON, pair.password(PERSON)), await pair.bot('a')]
  writer = await logIn(pair.site('a'), WRITER, pair.password(WRITER))
  others = await addOtherRooms(pair.site('a'), bot, account, { messages: 1 })
})
afterAll(() => pair?.stop())

/** Every request that is made with this token, and the answer as it reads. */
function listen(token: string) {
  const heard: { asked: string; answer: string }[] = []
  const real = globalThis.fetch
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const response = await real(url, init)
    if (new Headers(init?.headers).get('authorization') !== `Bearer ${token}`) return response
    const entry = { asked: `${String(url)} ${typeof init?.body === 'string' ? init.body : ''}`, answer: '' }
    heard.push(entry)
    entry.answer = await response.clone().text()
    return response
  })
  onTestFinished(() => spy.mockRestore())
  return heard
}

/** Everything in a database, as text. */
async function stored(name: string): Promise<string> {
  const asked = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error!)
    })
  const db = await asked(indexedDB.open(name))
  const stores = [...db.objectStoreNames].map((store) => db.transaction(store).objectStore(store))
  const rows = await Promise.all(stores.flatMap((store) => [asked(store.getAllKeys()), asked(store.getAll())]))
  db.close()
  return JSON.stringify(rows)
}

/** A device of the person that does what the app does with rooms. */
async function startDevice() {
  const name = `projection-${crypto.randomUUID()}`
  const phone = device(name)
  const { projection, matrix } = phone
  const account = await signIn(pair, phone, PERSON)
  const heard = listen(account.access_token)
  const troubles: unknown[] = []
  const trouble = (error: unknown) => troubles.push(error)
  const ports = { ...(await fakePorts()), clock: openClock(), projection }
  const { deployment } = pair.running
  const session = { person: personOf(deployment, account.user), name: PERSON, device: 'device', accounts: [account] }
  const snapshots = keepSnapshot(projection, trouble)
  const context = { ports, matrix, session, deployment, snapshots, trouble, account: () => account }
  const link = startLink(context, { state: () => {}, said: () => {}, connected: () => {}, restored: () => {} })
  onTestFinished(async () => {
    await link.stop()
    snapshots.stop()
  })
  return { name, projection, account, heard, troubles }
}

const among = (text: string, rooms: readonly RoomId[]) => rooms.filter((room) => text.includes(room))
const isSync = (asked: string) => new URL(asked.split(' ')[0]!).pathname.endsWith('/sync')
const isFirst = (asked: string) => isSync(asked) && !asked.includes('since=')

it('SYNC-19, SYNC-3: of 300 other rooms nothing is asked, no message comes and nothing is kept; crisis rooms come, also later', async () => {
  const { name, projection, account, heard, troubles } = await startDevice()
  const here = async () => [...(await projection.load()).rooms.keys()].toSorted()
  const own = pair.roomsOf(PERSON).toSorted()
  await waitFor('all rooms of the agency', async () => (await here()).length === own.length)
  expect(await here()).toEqual(own)
  await waitFor('a position', async () => (await projection.position(account.user))?.since)

  const all = [...others.joined, ...others.invited]
  expect(heard.flatMap(({ asked }) => among(asked, all))).toEqual([])
  // What Synapse says to every first sync: open invitations, and who is in rooms without a name.
  const firsts = heard.filter(({ asked }) => isFirst(asked))
  expect(firsts).toHaveLength(2)
  for (const { answer } of firsts) {
    expect(among(answer, others.joined).filter((room) => !isNameless(others.joined.indexOf(room)))).toEqual([])
    expect(answer).not.toMatch(/Guten Morgen|Alltag|Umgezogen/)
    expect(among(answer, others.invited)).toEqual(others.invited)
  }
  const later = () => heard.filter(({ asked }) => !isFirst(asked)).map(({ answer }) => answer)
  expect(among(later().join(), all)).toEqual([])

  // The daily work goes on, and strangers go on inviting.
  for (const room of others.joined.slice(0, 30)) await post(others.colleague, room, 'Mahlzeit')
  const body = { name: 'Gewinnen Sie noch mehr', preset: 'private_chat', invite: [account.user] }
  const late = (await others.colleague.call('POST', '/_matrix/client/v3/createRoom', { body }))['room_id'] as RoomId
  await post(writer, pair.room(TEAM), 'Wasser im Keller')
  const team = async () => JSON.stringify((await projection.load()).rooms.get(pair.room(TEAM))?.timeline)
  await waitFor('what was said in a crisis room', async () => (await team()).includes('Wasser im Keller'))
  expect(among(later().join(), all)).toEqual([])
  expect(later().join()).not.toContain('Mahlzeit')

  // A crisis room that the person is invited to later comes through the running sync.
  const before = heard.length
  await (await pair.bot('a')).invite(pair.room(CLOSED), account.user)
  await waitFor('the late room', async () => (await here()).length === own.length + 1)
  const record = (await projection.load()).rooms.get(pair.room(CLOSED))!
  expect([...record.state.values()].map((e) => e.type)).toEqual(
    expect.arrayContaining(['m.room.create', 'm.room.power_levels', 'de.notanker.room']),
  )
  expect(heard.slice(before).filter(({ asked }) => isFirst(asked))).toEqual([])

  expect(among(await stored(name), [...all, late])).toEqual([])
  expect(heard.flatMap(({ asked }) => among(asked, [...all, late]))).toEqual([])
  expect(troubles).toEqual([])
})
