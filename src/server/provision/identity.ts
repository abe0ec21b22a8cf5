/**
 * One identity authority must stand behind all sites: the same localpart is the same human everywhere (docs/protocol.md,
 * Persons). What can be seen of that is looked at before anything is changed (PLAN-6).
 */
import { HomeserverError, request } from '../homeserver.ts'
import { Trouble } from '../trouble.ts'
import type { Accounts } from './accounts.ts'
import type { ProvisionSite } from './desired.ts'
import type { Ledger } from './ledger.ts'
import { patiently } from './patient.ts'

/** People who are somebody else at another site, by what the same identity provider calls them. */
export function strangers(people: readonly string[], sites: readonly Accounts[]): string[] {
  return people.filter((person) => {
    const known = new Map<string, string>()
    for (const { auth_provider, external_id } of sites.flatMap((site) => site.get(person)?.external_ids ?? []))
      if ((known.get(auth_provider) ?? external_id) !== external_id) return true
      else known.set(auth_provider, external_id)
    return false
  })
}

/** How anybody may make an account at a site; null: not at all. Source: spec, "Account registration". */
async function registration({ homeserver }: ProvisionSite): Promise<'open' | 'by token' | null> {
  try {
    await patiently(() => request(homeserver, 'POST', '/_matrix/client/v3/register', { body: {} }))
    return 'open'
  } catch (error) {
    if (!(error instanceof HomeserverError)) throw error
    if (error.status !== 401) return null
    const flows = (error.body['flows'] ?? []) as { stages: string[] }[]
    return flows.every(({ stages }) => stages.includes('m.login.registration_token')) ? 'by token' : 'open'
  }
}

/** The names of the identity providers that a site sends people to. Source: spec, "SSO during login". */
async function providers({ homeserver }: ProvisionSite): Promise<string> {
  const answer = await patiently(() => request(homeserver, 'GET', '/_matrix/client/v3/login'))
  const flows = (answer['flows'] ?? []) as { identity_providers?: { id: string }[] }[]
  return flows
    .flatMap((flow) => flow.identity_providers ?? [])
    .map(({ id }) => id)
    .sort()
    .join(', ')
}

/** Throws Trouble where somebody could be taken for somebody else. `accounts` are those of the sites, in their order. */
export async function checkIdentity(
  sites: readonly ProvisionSite[],
  people: readonly string[],
  accounts: readonly Accounts[],
  ledger: Ledger,
): Promise<void> {
  for (const site of sites) {
    const how = await registration(site)
    if (how === 'open')
      throw new Trouble(
        `Site ${site.id} lets anybody make an account, and whoever takes a person's name there is that person for Notanker: switch registration off (enable_registration: false).`,
      )
    if (how) ledger.note(`site ${site.id} gives accounts to whoever has a token: none may be given for a person's name`)
  }
  const others = strangers(people, accounts)
  if (others.length)
    throw new Trouble(
      `The identity provider knows different people under the same name at different sites: ${others.join(', ')}. Notanker would take them for one.`,
    )
  const names = await Promise.all(sites.map(providers))
  if (new Set(names).size > 1) {
    const list = sites.map((site, i) => `${site.id}: ${names[i] || 'none'}`).join('; ')
    ledger.note(`the sites name different identity providers (${list}): behind all must stand the same people`)
  }
}
