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

/**
 * Accounts that are in, as this homeserver has it, whether or not the bot is. Source: Synapse admin API, "Room Members
 * API".
 */
export async function joinedMembers(bot: Homeserver, room: RoomId): Promise<Set<string>> {
  const answer = await bot.call('GET', `/_synapse/admin/v1/rooms/${enc(room)}/members`)
  return new Set(answer['members'] as string[])
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
  done: () => void,
): Promise<void> {
  const [site, bot] = [sites[index]!, bots[index]]
  // In a dry run the site's own bot may not be in the room yet.
  const there = await present(ledger.dryRun ? bots[0] : bot, room)
  for (const person of room.people) {
    const user_id = accountOf(site, person)
    const join = () =>
      bot!.call('POST', `/_synapse/admin/v1/join/${enc(room.id!)}`, { body: { user_id }, timeout: 60_000 })
    if (!there.has(user_id))
      await ledger.change(`+ ${room.title}: ${user_id}`, () => patiently(join, { federated: true }))
    done()
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
