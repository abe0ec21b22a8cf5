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

/** A room as far as memberships are concerned. Without `id`: one that a dry run has not made. */
export interface Populated {
  id: RoomId | null
  title: string
  people: string[]
}

const enc = encodeURIComponent

/** Accounts that are in, as this homeserver has it. */
export async function joinedMembers(account: Homeserver, room: RoomId): Promise<Set<string>> {
  const answer = await account.call('GET', `/_matrix/client/v3/rooms/${enc(room)}/joined_members`)
  return new Set(Object.keys(answer['joined'] as object))
}

async function present(bot: Homeserver | null | undefined, { id }: Populated): Promise<Set<string>> {
  if (!bot || !id) return new Set()
  return patiently(() => joinedMembers(bot, id), { federated: true })
}

/** Brings the bots of all sites into a room that the first site's bot has made. Bots are null only in a dry run. */
export async function ensureBots(
  sites: readonly ProvisionSite[],
  bots: readonly (Homeserver | null)[],
  room: Populated,
  ledger: Ledger,
): Promise<void> {
  const there = await present(bots[0], room)
  const via = sites.map((s) => s.server_name)
  for (const [i, site] of sites.entries()) {
    const user = accountOf(site, BOT)
    if (i === 0 || there.has(user)) continue
    await ledger.change(`+ ${room.title}: ${user}`, async () => {
      await invite(bots[0]!, room.id!, user)
      await patiently(() => bots[i]!.join(room.id!, via), { federated: true })
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
  bots: readonly (Homeserver | null)[],
  sites: readonly ProvisionSite[],
  index: number,
  room: Populated,
  ledger: Ledger,
): Promise<void> {
  const [site, bot] = [sites[index]!, bots[index]]
  // In a dry run the site's own bot may not be in the room yet.
  const there = await present(ledger.dryRun ? bots[0] : bot, room)
  const missing = room.people.map((person) => accountOf(site, person)).filter((user) => !there.has(user))
  for (const user_id of missing) {
    const join = () =>
      bot!.call('POST', `/_synapse/admin/v1/join/${enc(room.id!)}`, { body: { user_id }, timeout: 60_000 })
    await ledger.change(`+ ${room.title}: ${user_id}`, () => patiently(join, { federated: true }))
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
  rooms: readonly (Populated & { id: RoomId })[],
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
