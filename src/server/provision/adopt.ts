/** Takes over a room that the agency has already, of whatever version (PLAN-5). */
import type { RoomId, UserId } from '../../core/ids.ts'
import { powerOf, stateOf, type RoomRecord } from '../../core/room.ts'
import { HomeserverError, type Homeserver } from '../homeserver.ts'
import { Trouble } from '../trouble.ts'
import { accountOf, BOT, type ProvisionSite } from './desired.ts'
import { ALL_RIGHTS, versionOf } from './fit.ts'
import type { Ledger } from './ledger.ts'
import { patiently } from './patient.ts'
import { recordOf } from './rooms.ts'

const enc = encodeURIComponent
const isIn = (room: RoomRecord, user: UserId) => stateOf(room, 'm.room.member', user)?.content['membership'] === 'join'

/** Why Notanker cannot use a room, as the end of a sentence; null when it can. */
function unfit(room: RoomRecord, site: Pick<ProvisionSite, 'id' | 'server_name'>): string | null {
  const create = stateOf(room, 'm.room.create')
  if (create?.content['type'] !== undefined) return 'is no room for messages'
  if (create?.content['m.federate'] === false) return 'is closed to other servers, so no other site could have it'
  if (stateOf(room, 'm.room.encryption')) return 'is end-to-end encrypted, so Notanker could not read it'
  if (stateOf(room, 'm.room.tombstone')) return 'was replaced by another one'
  const members = [...room.state.values()].filter((e) => e.type === 'm.room.member').map((e) => e.state_key as UserId)
  const local = members.filter((user) => user.endsWith(`:${site.server_name}`) && isIn(room, user))
  if (!local.some((user) => powerOf(room, user) >= ALL_RIGHTS))
    return `has nobody of site ${site.id} with all rights, who could give them to the bot`
  return null
}

async function idOf(bot: Homeserver, address: string): Promise<RoomId> {
  if (address.startsWith('!')) return address as RoomId
  const answer = await patiently(() => bot.call('GET', `/_matrix/client/v3/directory/room/${enc(address)}`))
  return answer['room_id'] as RoomId
}

/** The room with this address as the site has it. Throws Trouble where it has none, or one that is of no use. */
export async function inspect(bot: Homeserver, site: ProvisionSite, address: string): Promise<RoomRecord> {
  try {
    const room = await recordOf(bot, await idOf(bot, address))
    const fault = unfit(room, site)
    if (fault) throw new Trouble(`The room ${address} ${fault}.`)
    return room
  } catch (error) {
    if (!(error instanceof HomeserverError && error.status === 404)) throw error
    throw new Trouble(`Site ${site.id} has no room ${address}.`, error)
  }
}

/**
 * Gives the bot of the first site all rights in the room and brings it in. Source: Synapse admin API, "Make Room Admin
 * API".
 */
export async function takeOver(
  bot: Homeserver,
  site: ProvisionSite,
  room: RoomRecord,
  title: string,
  ledger: Ledger,
): Promise<void> {
  const user = accountOf(site, BOT)
  if (isIn(room, user) && powerOf(room, user) >= ALL_RIGHTS) return
  await ledger.change(`~ ${room.id} of version ${versionOf(room)} becomes "${title}"`, async () => {
    const path = `/_synapse/admin/v1/rooms/${enc(room.id)}/make_room_admin`
    await patiently(() => bot.call('POST', path, { body: { user_id: user } }))
    await patiently(() => bot.join(room.id, [site.server_name]))
  })
}
