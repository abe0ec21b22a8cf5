/**
 * Memberships: bots of every site first, for only then can people of each site join while the others are away
 * (docs/protocol.md, Joining), then people, each by the bot of their own site.
 */
import type { RoomId, UserId } from '../../core/ids.ts'
import { HomeserverError, type Homeserver } from '../homeserver.ts'
import { Trouble } from '../trouble.ts'
import { accountOf, accountsOf, BOT, botsOf, type ProvisionSite } from './desired.ts'
import type { Ledger } from './ledger.ts'
import { each, patiently } from './patient.ts'

/** A room as far as memberships are concerned. */
export interface Populated {
  id: RoomId
  title: string
  people: string[]
}

const enc = encodeURIComponent

/** Accounts that are in, as this homeserver has it. */
export async function joinedMembers(account: Homeserver, room: RoomId): Promise<Set<string>> {
  const answer = await account.call('GET', `/_matrix/client/v3/rooms/${enc(room)}/joined_members`)
  return new Set(Object.keys(answer['joined'] as object))
}

/** Brings the bots of all other sites into a room that the first site's bot is in. */
export async function ensureBots(
  sites: readonly ProvisionSite[],
  bots: readonly Homeserver[],
  room: Populated,
  ledger: Ledger,
): Promise<void> {
  const present = await patiently(() => joinedMembers(bots[0]!, room.id))
  const via = sites.map((s) => s.server_name)
  for (const [i, site] of sites.entries()) {
    const user = accountOf(site, BOT)
    if (present.has(user)) continue
    await ledger.change(`+ ${room.title}: ${user}`, async () => {
      await invite(bots[0]!, room.id, user)
      await patiently(() => bots[i]!.join(room.id, via), { federated: true })
    })
  }
}

/** An invitation that stands already is as good (403: "is already in the room" or banned; the join then says which). */
async function invite(bot: Homeserver, room: RoomId, user: UserId): Promise<void> {
  try {
    await patiently(() => bot.invite(room, user))
  } catch (error) {
    if (!(error instanceof HomeserverError && error.status === 403)) throw error
  }
}

/** Joins the people of one site, through that site's bot. Source: Synapse admin API, "Edit Room Membership API". */
export async function ensurePeople(
  first: Homeserver,
  bot: Homeserver,
  site: ProvisionSite,
  room: Populated,
  ledger: Ledger,
): Promise<void> {
  // In a dry run the site's own bot may not be in the room yet.
  const present = await patiently(() => joinedMembers(ledger.dryRun ? first : bot, room.id), { federated: true })
  const missing = room.people.map((person) => accountOf(site, person)).filter((user) => !present.has(user))
  const path = `/_synapse/admin/v1/join/${enc(room.id)}`
  for (const user_id of missing) {
    await ledger.change(`+ ${room.title}: ${user_id}`, () =>
      patiently(() => bot.call('POST', path, { body: { user_id }, timeout: 60_000 }), { federated: true }),
    )
  }
}

/** Accounts of our sites that are in a room although the plan does not say so. */
export function surplus(sites: readonly ProvisionSite[], room: Populated, present: ReadonlySet<string>): string[] {
  const wanted = new Set<string>([...accountsOf(sites, room.people), ...botsOf(sites)])
  return [...present].filter((user) => !wanted.has(user))
}

/** Waits until every site knows of every member: only then is provisioning done. Throws Trouble after `deadline` ms. */
export async function awaitMembers(
  sites: readonly ProvisionSite[],
  bots: readonly Homeserver[],
  rooms: readonly Populated[],
  deadline = 120_000,
): Promise<void> {
  const end = performance.now() + deadline
  await each(rooms, 4, async (room) => {
    const wanted = [...accountsOf(sites, room.people), ...botsOf(sites)]
    for (const [i, site] of sites.entries()) {
      for (;;) {
        const present = await patiently(() => joinedMembers(bots[i]!, room.id))
        const missing = wanted.filter((user) => !present.has(user))
        if (!missing.length) break
        if (performance.now() > end)
          throw new Trouble(`Site ${site.id} has not heard that ${missing.join(', ')} joined "${room.title}".`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  })
}
