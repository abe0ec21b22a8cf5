/** Makes a room of the plan, or brings its state to what the plan says. */
import { isDeepStrictEqual } from 'node:util'
import { readRoomEvent, TYPE, type RoomEvent } from '../../core/event.ts'
import type { RoomId, UserId } from '../../core/ids.ts'
import { stateKey, stateOf, type RoomRecord } from '../../core/room.ts'
import type { Homeserver } from '../homeserver.ts'
import { Trouble } from '../trouble.ts'
import { botsOf, type DesiredRoom, type ProvisionSite } from './desired.ts'
import { asIn, equalsIn } from './fit.ts'
import type { StateEvent } from './handbook.ts'
import type { Ledger } from './ledger.ts'
import { each, patiently } from './patient.ts'

/** Room ids by key: rooms say themselves which room of the plan they are, so nothing else has to be kept. */
export async function findRooms(bot: Homeserver, bots: UserId[]): Promise<Map<string, RoomId>> {
  const found = new Map<string, RoomId>()
  await each(await bot.joinedRooms(), 8, async (id) => {
    const event = await patiently(() => bot.stateEvent(id, TYPE.room))
    const key = event && bots.includes(event.sender) && event.content['key']
    if (typeof key !== 'string') return
    const other = found.get(key)
    if (other)
      throw new Trouble(`Both ${other} and ${id} say that they are the room ${key}: let the bot leave one of them.`)
    found.set(key, id)
  })
  return found
}

/**
 * A room's state as the site's admin sees it, whether or not the bot is in the room. Source: Synapse admin API, "Room
 * State API".
 */
export async function recordOf(bot: Homeserver, id: RoomId): Promise<RoomRecord> {
  const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(id)}/state`
  const events = (await patiently(() => bot.call('GET', path)))['state'] as unknown[]
  const state = events.flatMap((raw) => readRoomEvent(id, raw) ?? [])
  return { id, state: new Map(state.map((event) => [stateKey(event.type, event.state_key), event])), timeline: [] }
}

/** State that must be there from the first moment; handbook texts are too much for one request and follow. */
const LATER = new Set<string>([
  TYPE.playbook,
  TYPE.playbookBody,
  TYPE.contacts,
  TYPE.template,
  'm.room.power_levels',
  'm.room.name',
])

async function createRoom(bot: Homeserver, sites: readonly ProvisionSite[], room: DesiredRoom): Promise<RoomId> {
  const others = botsOf(sites).slice(1)
  const initial = [...room.state, ...room.once].filter((s) => !LATER.has(s.type))
  const levels = room.state.find((s) => s.type === 'm.room.power_levels')
  const body = {
    preset: 'private_chat',
    visibility: 'private',
    room_version: '12',
    name: room.title,
    invite: others,
    // Only now can the other sites' bots become creators (docs/protocol.md, Rooms).
    creation_content: { additional_creators: others, ...(room.kind === 'space' ? { type: 'm.space' } : {}) },
    power_level_content_override: levels!.content,
    initial_state: initial.map(({ type, key, content }) => ({ type, state_key: key, content })),
  }
  const answer = await bot.call('POST', '/_matrix/client/v3/createRoom', { body, timeout: 60_000 })
  return answer['room_id'] as RoomId
}

/** Power levels keep fields that we say nothing of (`historical`, `notifications`). */
function holds(present: RoomEvent, wanted: StateEvent): boolean {
  if (wanted.type !== 'm.room.power_levels') return isDeepStrictEqual(present.content, wanted.content)
  return Object.entries(wanted.content).every(([field, value]) => isDeepStrictEqual(present.content[field], value))
}

const versionOf = (content: Record<string, unknown>) => Number(content['version'] ?? 0)

/** A handbook text that is newer in the room was written there, by a manager: the plan does not take it back. */
const isNewer = (present: RoomEvent, wanted: StateEvent) => versionOf(present.content) > versionOf(wanted.content)

/** Sets the state events that differ, in their order. */
export async function ensureState(
  bot: Homeserver,
  sites: readonly ProvisionSite[],
  id: RoomId,
  wanted: Pick<DesiredRoom, 'title' | 'state' | 'once'>,
  ledger: Ledger,
): Promise<void> {
  const { title } = wanted
  const room = await recordOf(bot, id)
  const set = ({ type, key, content }: StateEvent) => patiently(() => bot.setState(id, type, key, content))
  for (const user of equalsIn(room, botsOf(sites))) ledger.note(`${user} has all rights in "${title}" (left as it is)`)
  for (const plain of wanted.state) {
    const event = asIn(room, plain, botsOf(sites))
    const there = stateOf(room, event.type, event.key)
    if (there && holds(there, event)) continue
    const what = `${title}: ${event.type}${event.key ? ` ${event.key}` : ''}`
    if (there && isNewer(there, event)) ledger.note(`${what} is newer than the plan (left as it is)`)
    else await ledger.change(`${there ? '~' : '+'} ${what}`, () => set(event))
  }
  for (const event of wanted.once) {
    if (!stateOf(room, event.type, event.key)) await ledger.change(`+ ${title}: ${event.type}`, () => set(event))
  }
}

/** The room's id; null only in a dry run, where it is not there yet. */
export async function ensureRoom(
  bot: Homeserver | null,
  sites: readonly ProvisionSite[],
  known: RoomId | undefined,
  room: DesiredRoom,
  ledger: Ledger,
): Promise<RoomId | null> {
  let id: RoomId | null = known ?? null
  if (!id) {
    const what = room.kind === 'space' ? 'space' : `${room.kind} room`
    await ledger.change(`+ ${what} "${room.title}"`, async () => (id = await createRoom(bot!, sites, room)))
  }
  if (bot && id) await ensureState(bot, sites, id, room, ledger)
  return id
}
