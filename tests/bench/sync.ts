/**
 * `sync.*`: an account in twelve rooms of the agency; the same account once it is also in 300 rooms of its daily work;
 * and once 50 strangers have invited it, too. `first`: one first sync with the app's own filter. `start`: everything that
 * a first start of the built app asks of the homeserver, by kind. Bytes are those on the wire, compressed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { filterOf } from '../../src/matrix/filter.ts'
import { Homeserver } from '../../src/server/homeserver.ts'
import { tokenFile } from '../../src/server/provision/index.ts'
import { PLAN } from '../../src/stack/paths.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { appPage, signIn } from '../support/app-page.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import type { Answer } from '../support/fault-proxy.ts'
import { addOtherRooms, post } from '../support/other-rooms.ts'
import { logIn } from '../support/rest.ts'
import { waitFor } from '../support/wait.ts'
import { figure, type Figures } from './figure.ts'
import type { World } from './world.ts'

const [PERSON, MANAGER] = ['s.baumann', 'd.aydemir']
const ROOMS = 12
/** As many as a sync brings of each. */
const MESSAGES = 8
const INVITATIONS = 50
/** A first start has ended when nothing but what is new was asked for so long, ms. */
const QUIET = 5_000

/** What is asked, the first that fits. */
const KINDS: [kind: string, asked: RegExp][] = [
  ['preflights', /^OPTIONS /],
  ['look', /\/joined_rooms|\/join\/|\/room_summary\/|\/sync\?filter=%7B/],
  ['sync', /\/sync|\/filter$/],
  ['creations', /\/state\/m\.room\.create/],
  ['history', /\/messages\?/],
  ['members', /\/members\?/],
  ['handbook', /\/state\/de\.notanker\.playbook/],
  ['session', /\/(login|whoami|request_token|displayname|versions)$/],
]
const kindOf = (request: string) => KINDS.find(([, asked]) => asked.test(request))?.[0] ?? request

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

/** What the built app asks of the person's homeserver, from a first visit on. */
async function firstStart({ launch, network }: World, crisis: Crisis): Promise<Answer[]> {
  const { host } = new URL(crisis.deployment.describe().sites[0]!.homeserver)
  const before = network.answers(host).length
  const browser = await launch()
  try {
    const app = appPage(await browser.page(crisis.origin))
    await signIn(app, PERSON, crisis.password(PERSON))
    let [asked, since] = [0, performance.now()]
    await waitFor('the end of the start', () => {
      const now = network.answers(host).length
      if (now !== asked) [asked, since] = [now, performance.now()]
      const open = network.waiting(host)
      return open.length === 1 && open[0]!.includes('since=') && performance.now() - since > QUIET
    })
    return network.answers(host).slice(before)
  } finally {
    await browser.close()
  }
}

const sum = (answers: readonly Answer[]) => answers.reduce((bytes, answer) => bytes + answer.bytes, 0)

/** Of several first starts, the figures of each kind and of all together. */
function startFigures(world: string, starts: readonly Answer[][]): Figures {
  const kinds = new Set(starts.flat().map(({ request }) => kindOf(request)))
  const of = (kind: string) => starts.map((start) => sum(start.filter(({ request }) => kindOf(request) === kind)))
  return {
    [`sync.start_bytes.${world}`]: figure(starts.map(sum), { unit: 'B' }),
    [`sync.start_requests.${world}`]: figure(
      starts.map((start) => start.length),
      { unit: '' },
    ),
    ...Object.fromEntries(
      [...kinds].map((kind) => [`sync.start_bytes.${world}.${kind}`, figure(of(kind), { unit: 'B' })]),
    ),
  }
}

export async function measureSync(world: World): Promise<Figures> {
  const { runs, say } = world
  const folder = await mkdtemp(join(tmpdir(), 'notanker-bench-'))
  const crisis = await startCrisis({ plan: await planOfTwelve(folder), log: say })
  try {
    const { deployment, password } = crisis
    const { sites, rooms, space, accounts } = deployment.describe()
    const [account, manager] = await Promise.all(
      [PERSON, MANAGER].map((person) => logIn(sites[0]!, person, password(person))),
    )
    const mine = new Set(accounts.find(({ person }) => person === PERSON)!.rooms)
    const ids = [space, ...rooms.map(({ room_id }) => room_id).filter((id) => mine.has(id))] as RoomId[]
    say(`${ids.length} rooms`)
    for (const room of ids.slice(1))
      for (let i = 1; i <= MESSAGES; i++)
        await post(manager!, room, `Lage ${i}: keine Änderung, weiter wie besprochen.`)

    let asked = 0
    const measure = async () => {
      const [syncs, starts]: [number[], Answer[][]] = [[], []]
      for (let run = 0; run < runs; run++) {
        syncs.push(await firstSync(account!, ids, asked++))
        starts.push(await firstStart(world, crisis))
      }
      return { syncs, starts }
    }
    const few = await measure()
    say('300 other rooms')
    const token = await readFile(tokenFile(join(deployment.dir, 'keys'), sites[0]!), 'utf8')
    const bot = new Homeserver(sites[0]!.homeserver, token.trim())
    await addOtherRooms(sites[0]!, bot, account!, { invitations: 0 })
    const many = await measure()
    say(`${INVITATIONS} invitations`)
    await addOtherRooms(sites[0]!, bot, account!, { rooms: 0, invitations: INVITATIONS })
    const invited = await measure()
    const ratio = (more: typeof few, of: (measured: typeof few) => number[]) =>
      of(more).map((bytes, i) => bytes / of(few)[i]!)
    const firsts = ({ syncs }: typeof few) => syncs
    const wholes = ({ starts }: typeof few) => starts.map(sum)
    return {
      'sync.first_bytes.rooms12': figure(few.syncs, { unit: 'B', aim: 20_000 }),
      'sync.first_bytes.rooms312': figure(many.syncs, { unit: 'B' }),
      'sync.first_bytes.rooms312_invited50': figure(invited.syncs, { unit: 'B' }),
      'sync.first_bytes.invitation': figure(
        invited.syncs.map((bytes, i) => (bytes - many.syncs[i]!) / INVITATIONS),
        { unit: 'B' },
      ),
      'sync.first_ratio': figure(ratio(many, firsts), { unit: '×', aim: 1.1 }),
      'sync.first_ratio.invited50': figure(ratio(invited, firsts), { unit: '×', aim: 1.1 }),
      'sync.start_ratio': figure(ratio(many, wholes), { unit: '×' }),
      'sync.start_ratio.invited50': figure(ratio(invited, wholes), { unit: '×' }),
      ...startFigures('rooms12', few.starts),
      ...startFigures('rooms312', many.starts),
      ...startFigures('rooms312_invited50', invited.starts),
    }
  } finally {
    await crisis.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
