/** Accounts of people at one site. Source: Synapse admin API, "User Admin API". */
import { Homeserver, HomeserverError } from '../homeserver.ts'
import { logIn } from './bot.ts'
import { accountOf, type ProvisionSite } from './desired.ts'
import type { Ledger } from './ledger.ts'
import { each, patiently } from './patient.ts'
import type { Plan } from './plan.ts'

/** A short-lived session of a person. Only where passwords are known, which is in the demo. */
export async function asPerson<T>(
  site: ProvisionSite,
  person: string,
  password: string,
  act: (account: Homeserver) => Promise<T>,
): Promise<T | null> {
  const token = await logIn(site.homeserver, person, password)
  if (!token) return null
  const account = new Homeserver(site.homeserver, token)
  try {
    return await act(account)
  } finally {
    await account.call('POST', '/_matrix/client/v3/logout', { body: {} })
  }
}

/** An account as an admin sees it; `external_ids`: who it is at the identity providers. */
export interface Present {
  displayname: string | null
  deactivated: boolean
  external_ids?: { auth_provider: string; external_id: string }[]
}
/** Accounts that are there, by person. */
export type Accounts = ReadonlyMap<string, Present>

const pathOf = (site: ProvisionSite, person: string) =>
  `/_synapse/admin/v2/users/${encodeURIComponent(accountOf(site, person))}`

async function lookUp(bot: Homeserver, path: string): Promise<Present | null> {
  try {
    return (await patiently(() => bot.call('GET', path))) as unknown as Present
  } catch (error) {
    if (error instanceof HomeserverError && error.status === 404) return null
    throw error
  }
}

/** Which of the plan's people have an account. `bot` is null only in a dry run, where nobody has one yet. */
export async function lookUpAccounts(bot: Homeserver | null, site: ProvisionSite, plan: Plan): Promise<Accounts> {
  const found = new Map<string, Present>()
  if (!bot) return found
  await each(plan.people, 4, async ({ person }) => {
    const present = await lookUp(bot, pathOf(site, person))
    if (present) found.set(person, present)
  })
  return found
}

async function ensureAccount(
  bot: Homeserver | null,
  site: ProvisionSite,
  { person, name }: Plan['people'][number],
  present: Present | undefined,
  password: string | undefined,
  ledger: Ledger,
): Promise<void> {
  const user = accountOf(site, person)
  const put = (body: object) => () => patiently(() => bot!.call('PUT', pathOf(site, person), { body }))
  const withPassword = password === undefined ? {} : { password, logout_devices: false }
  if (!present) return ledger.change(`+ ${site.id}: account ${user}`, put({ displayname: name, ...withPassword }))
  if (present.deactivated) return ledger.note(`${site.id}: ${user} is deactivated (left as it is)`)
  if (present.displayname !== name)
    await ledger.change(`~ ${site.id}: ${user} is called ${name}`, put({ displayname: name }))
  if (password === undefined) return
  const known = await asPerson(site, person, password, async () => true)
  if (!known) await ledger.change(`~ ${site.id}: password of ${user}`, put(withPassword))
}

/** Makes what is missing. Without `passwords` accounts get none: people come through the identity provider. */
export async function ensureAccounts(
  bot: Homeserver | null,
  site: ProvisionSite,
  plan: Plan,
  accounts: Accounts,
  passwords: Readonly<Record<string, string>> | undefined,
  ledger: Ledger,
): Promise<void> {
  const done = ledger.begin(`accounts at ${site.id}`, plan.people.length)
  await each(plan.people, 4, async (one) => {
    await ensureAccount(bot, site, one, accounts.get(one.person), passwords?.[one.person], ledger)
    done()
  })
}
