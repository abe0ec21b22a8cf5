/**
 * `sync.*`: the first sync of an account in twelve rooms of the agency, and of the same account once it is also in 300
 * rooms of its daily work. The request is the app's own (its filter), the bytes are those on the wire, compressed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { filterOf } from '../../src/matrix/filter.ts'
import { Homeserver } from '../../src/server/homeserver.ts'
import { tokenFile } from '../../src/server/provision/index.ts'
import { startDeployment } from '../../src/stack/deployment.ts'
import { PLAN } from '../../src/stack/paths.ts'
import { freeBase } from '../../src/stack/ports.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { addOtherRooms, post } from '../support/other-rooms.ts'
import { logIn } from '../support/rest.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'

const [PERSON, MANAGER] = ['s.baumann', 'd.aydemir']
const ROOMS = 12
/** As many as a sync brings of each. */
const MESSAGES = 8

/** The demo's plan with so many rooms for the person that they are in twelve with the space. */
async function planOfTwelve(folder: string): Promise<string> {
  const plan = parse(await readFile(PLAN, 'utf8')) as {
    rooms: { key: string; kind: string; title: string; members: string | string[] }[]
    playbooks: { file: string }[]
  }
  const isIn = ({ members }: { members: string | string[] }) => members === 'all' || members.includes(PERSON)
  const more = ROOMS - 1 - plan.rooms.filter(isIn).length
  for (let i = 1; i <= more; i++)
    plan.rooms.push({ key: `einheit${i}`, kind: 'team', title: `Einheit ${i}`, members: [MANAGER, PERSON, 'k.wolter'] })
  for (const book of plan.playbooks) book.file = resolve(dirname(PLAN), book.file)
  const path = join(folder, 'plan.yaml')
  await writeFile(path, stringify(plan))
  return path
}

/** Bytes that come over the wire, headers included. `number` keeps the homeserver from repeating an answer. */
async function firstSync(account: Homeserver, rooms: RoomId[], number: number): Promise<number> {
  const query = new URLSearchParams({ filter: JSON.stringify(filterOf(rooms)), timeout: String(number) })
  const headers = { authorization: `Bearer ${account.token}`, 'accept-encoding': 'gzip', connection: 'close' }
  const url = `${account.base}/_matrix/client/v3/sync?${query.toString()}`
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  get(url, { headers }, resolve).on('error', reject)
  const response = await promise
  if (response.statusCode !== 200) throw new Error(`the homeserver says ${response.statusCode} to a sync`)
  for await (const _ of response) continue
  return response.socket.bytesRead
}

export async function measureSync({ runs, say }: World): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'notanker-bench-'))
  const deployment = await startDeployment({
    data: join(folder, 'data'),
    port: await freeBase(),
    plan: await planOfTwelve(folder),
    withApp: false,
    relays: false,
    log: say,
  })
  try {
    const { sites, rooms, space, accounts } = deployment.describe()
    const passwordOf = (person: string) => accounts.find((account) => account.person === person)!.password
    const [account, manager] = await Promise.all(
      [PERSON, MANAGER].map((person) => logIn(sites[0]!, person, passwordOf(person))),
    )
    const mine = new Set(accounts.find(({ person }) => person === PERSON)!.rooms)
    const ids = [space, ...rooms.map(({ room_id }) => room_id).filter((id) => mine.has(id))] as RoomId[]
    say(`${ids.length} rooms`)
    for (const room of ids.slice(1))
      for (let i = 1; i <= MESSAGES; i++)
        await post(manager!, room, `Lage ${i}: keine Änderung, weiter wie besprochen.`)

    let asked = 0
    const measure = async () => {
      const bytes: number[] = []
      for (let run = 0; run < runs; run++) bytes.push(await firstSync(account!, ids, asked++))
      return bytes
    }
    const few = await measure()
    say('300 other rooms')
    const token = await readFile(tokenFile(join(deployment.dir, 'keys'), sites[0]!), 'utf8')
    const bot = new Homeserver(sites[0]!.homeserver, token.trim())
    await addOtherRooms(sites[0]!, bot, account!, { invitations: 0 })
    const many = await measure()
    // Invitations come through a filter of rooms.
    await addOtherRooms(sites[0]!, bot, account!, { rooms: 0 })
    const invited = await measure()
    return {
      'sync.first_bytes.rooms12': figure(few, { unit: 'B', aim: 20_000 }),
      'sync.first_bytes.rooms312': figure(many, { unit: 'B' }),
      'sync.first_bytes.rooms312_invited50': figure(invited, { unit: 'B' }),
      'sync.first_ratio': figure(
        many.map((bytes, i) => bytes / few[i]!),
        { unit: '×', aim: 1.1 },
      ),
    }
  } finally {
    await deployment.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
