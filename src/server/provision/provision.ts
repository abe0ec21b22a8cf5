/**
 * Brings the homeservers of all sites to what a plan says: bots, accounts, space, rooms, rights, handbook, memberships.
 * Idempotent: it compares first and writes only what differs; a second run changes nothing.
 */
import type { RoomId } from '../../core/ids.ts'
import type { RoomKind } from '../../core/room.ts'
import type { Homeserver } from '../homeserver.ts'
import type { RoomRecord } from '../../core/room.ts'
import { ensureAccounts, lookUpAccounts } from './accounts.ts'
import { inspect, takeOver } from './adopt.ts'
import { ensureBot } from './bot.ts'
import { botsOf, desiredRoom, desiredSpace, SPACE, spaceChild, type ProvisionSite } from './desired.ts'
import { checkIdentity } from './identity.ts'
import { createLedger, type Ledger, type Log } from './ledger.ts'
import { awaitMembers, ensureBots, ensurePeople, joinedMembers, surplus, type Populated } from './members.ts'
import { ensureMessages } from './messages.ts'
import { each } from './patient.ts'
import type { Plan } from './plan.ts'
import { ensureRoom, ensureState, findRooms } from './rooms.ts'

export interface ProvisionOptions {
  /** Folder of the bots' tokens, `bot-<site>.token`, 0600. */
  keys: string
  dryRun?: boolean
  /** Passwords by person, the same at every site; without them people sign in through the identity provider. */
  passwords?: Readonly<Record<string, string>>
  /** Takes the lines of the diff. */
  log: Log
  now?: () => number
}

interface ProvisionedRoom {
  key: string
  id: RoomId
  kind: RoomKind
  title: string
  people: string[]
}

export interface Provisioned {
  /** Null only in a dry run of a deployment that is not there yet; rooms that are not there are left out. */
  space: RoomId | null
  rooms: ProvisionedRoom[]
  changes: string[]
  /** How long each part took, ms. */
  steps: { name: string; ms: number }[]
}

/** A room id for dry runs, where the space is yet to be made. */
const UNMADE: RoomId = '!unmade'

/** Throws Trouble where a person has to do something first, HomeserverError for a refusal that was not expected. */
export async function provision(
  plan: Plan,
  sites: readonly ProvisionSite[],
  options: ProvisionOptions,
): Promise<Provisioned> {
  const { keys, passwords, log, now = Date.now } = options
  const ledger = createLedger(options.dryRun ?? false, log)
  const steps: Provisioned['steps'] = []
  const timed = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const start = performance.now()
    const result = await act()
    steps.push({ name, ms: Math.round(performance.now() - start) })
    return result
  }

  const sessions = await timed('bots', () => Promise.all(sites.map((site) => ensureBot(site, keys, ledger))))
  const bots = sessions.map((session) => session.bot)
  const [first] = bots as [Homeserver | null]
  const { accounts, known, others } = await timed('look', async () => {
    const accounts = await Promise.all(sites.map((site, i) => lookUpAccounts(bots[i]!, site, plan)))
    const people = plan.people.map((p) => p.person)
    await checkIdentity(sites, people, accounts, ledger)
    const known = first ? await findRooms(first, botsOf(sites)) : new Map<string, RoomId>()
    return { accounts, known, others: await lookUpOthers(plan, sites[0]!, first, known) }
  })
  await timed('accounts', () =>
    Promise.all(sites.map((site, i) => ensureAccounts(bots[i]!, site, plan, accounts[i]!, passwords, ledger))),
  )

  const { space, rooms } = await timed('rooms', async () => {
    const space = await ensureRoom(first, sites, known.get(SPACE), desiredSpace(plan, sites), ledger)
    const rooms: (Omit<ProvisionedRoom, 'id'> & { id: RoomId | null })[] = []
    await each(plan.rooms, 4, async (room) => {
      const desired = desiredRoom(plan, sites, room, space ?? UNMADE, now())
      const other = others.get(room.key)
      if (other) await takeOver(first!, sites[0]!, other, room.title, ledger)
      const id = await ensureRoom(first, sites, known.get(room.key) ?? other?.id, desired, ledger)
      rooms.push({ key: room.key, id, kind: room.kind, title: room.title, people: desired.people })
    })
    const gone = [...known.keys()].filter((key) => key !== SPACE && position(plan, key) < 0)
    for (const key of gone) ledger.note(`the room ${key} is not in the plan (left as it is)`)
    rooms.sort((a, b) => position(plan, a.key) - position(plan, b.key))
    return { space, rooms }
  })

  const made = rooms.filter((room): room is ProvisionedRoom => room.id !== null)
  if (first && space) {
    const children = made.map((room) => spaceChild(sites, room.id))
    await timed('space', () =>
      ensureState(first, sites, space, { title: plan.agency.name, state: children, once: [] }, ledger),
    )
  }

  const everybody = { id: space, title: plan.agency.name, people: plan.people.map((p) => p.person) }
  await timed('memberships', () => populate(sites, bots, [everybody, ...rooms], ledger))
  if (passwords) {
    await timed('messages', () =>
      each(rooms, 4, (room) => {
        const messages = plan.messages.filter((m) => m.room === room.key)
        return ensureMessages(first, sites[0]!, room, messages, passwords, ledger)
      }),
    )
  }
  await Promise.all(sessions.map((session) => session.end()))
  return { space, rooms: made, changes: ledger.changes, steps }
}

/** Rooms that the agency has and the plan names, by key; without those that are taken over already. */
async function lookUpOthers(
  plan: Plan,
  site: ProvisionSite,
  bot: Homeserver | null,
  known: ReadonlyMap<string, RoomId>,
): Promise<Map<string, RoomRecord>> {
  const found = new Map<string, RoomRecord>()
  if (!bot) return found
  for (const { key, room } of plan.rooms)
    if (room !== undefined && !known.has(key)) found.set(key, await inspect(bot, site, room))
  return found
}

/** Memberships of the space, which comes first, and of all rooms; returns when every site knows of all of them. */
async function populate(
  sites: readonly ProvisionSite[],
  bots: readonly (Homeserver | null)[],
  all: readonly Populated[],
  ledger: Ledger,
): Promise<void> {
  const [space, ...rooms] = all
  await each(all, 4, (room) => ensureBots(sites, bots, room, ledger))
  const done = ledger.begin('memberships', all.reduce((sum, { people }) => sum + people.length, 0) * sites.length)
  const bring = (i: number, room: Populated) => ensurePeople(bots, sites, i, room, ledger, done)
  // Into the space first: rooms that are restricted to it take only its members.
  await Promise.all(sites.map((_, i) => bring(i, space!)))
  await Promise.all(sites.map((_, i) => each(rooms, 3, (room) => bring(i, room))))
  if (ledger.dryRun) return
  const made = all as readonly (Populated & { id: RoomId })[]
  const everywhere = bots as readonly Homeserver[]
  await awaitMembers(sites, everywhere, made)
  for (const room of made) {
    const others = surplus(sites, room, await joinedMembers(everywhere[0]!, room.id))
    for (const user of others) ledger.note(`${user} is in "${room.title}" without being in the plan (left there)`)
  }
}

const position = (plan: Plan, key: string) => plan.rooms.findIndex((room) => room.key === key)
