/**
 * The bot of a site: an admin account that makes rooms, and that the site's relay speaks through.
 *
 * Its password is derived from the site's registration secret, so that a lost token file heals without an own store of
 * secrets; whoever has that secret can make admins anyway. Source: Synapse admin API, "Shared-Secret Registration".
 */
import { createHmac } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Homeserver, HomeserverError, request } from '../homeserver.ts'
import { Trouble } from '../trouble.ts'
import { accountOf, BOT, type ProvisionSite } from './desired.ts'
import type { Ledger } from './ledger.ts'
import { patiently } from './patient.ts'

export const tokenFile = (keys: string, site: Pick<ProvisionSite, 'id'>): string => join(keys, `bot-${site.id}.token`)

const password = (site: ProvisionSite) =>
  createHmac('sha256', site.registration_shared_secret).update(`notanker bot ${site.server_name}`).digest('base64url')

async function register(site: ProvisionSite, file: string): Promise<string> {
  const path = '/_synapse/admin/v1/register'
  const { nonce } = await request(site.homeserver, 'GET', path)
  const signed = [nonce, BOT, password(site), 'admin'].join('\0')
  const mac = createHmac('sha1', site.registration_shared_secret).update(signed).digest('hex')
  const body = { nonce, username: BOT, displayname: 'Notanker', password: password(site), admin: true, mac }
  try {
    return (await request(site.homeserver, 'POST', path, { body }))['access_token'] as string
  } catch (error) {
    if (!(error instanceof HomeserverError && error.errcode === 'M_USER_IN_USE')) throw error
    throw new Trouble(
      `Site ${site.id} has an account ${accountOf(site, BOT)} already, which is not ours to sign in to: put its token into ${file}, or delete the account.`,
      error,
    )
  }
}

/** Wrong password, or password login is switched off. */
const NO_WAY_IN = new Set([400, 403])

/**
 * A token for an account with a password; null when there is no such account or the password is another. Always a device
 * of its own: to sign in to a device again ends the session that somebody else may have there.
 */
export async function logIn(homeserver: string, user: string, password: string): Promise<string | null> {
  const identifier = { type: 'm.id.user', user }
  const body = { type: 'm.login.password', identifier, password, initial_device_display_name: 'provisioning' }
  try {
    const answer = await patiently(() => request(homeserver, 'POST', '/_matrix/client/v3/login', { body }))
    return answer['access_token'] as string
  } catch (error) {
    if (error instanceof HomeserverError && NO_WAY_IN.has(error.status)) return null
    throw error
  }
}

async function stored(site: ProvisionSite, file: string): Promise<Homeserver | null> {
  const token = await readFile(file, 'utf8').catch(() => '')
  if (!token.trim()) return null
  const bot = new Homeserver(site.homeserver, token.trim())
  try {
    return (await patiently(() => bot.whoami())) === accountOf(site, BOT) ? bot : null
  } catch (error) {
    if (error instanceof HomeserverError && error.status === 401) return null
    throw error
  }
}

async function unlimited(bot: Homeserver, site: ProvisionSite, ledger: Ledger): Promise<void> {
  const path = `/_synapse/admin/v1/users/${encodeURIComponent(accountOf(site, BOT))}/override_ratelimit`
  const now = await bot.call('GET', path)
  if (now['messages_per_second'] === 0 && now['burst_count'] === 0) return
  const body = { messages_per_second: 0, burst_count: 0 }
  await ledger.change(`~ ${site.id}: no rate limit for the bot`, () => bot.call('POST', path, { body }))
}

export interface BotSession {
  /** Null only in a dry run, where the account is not there yet. */
  bot: Homeserver | null
  /** Ends what was begun for this run only. */
  end(): Promise<void>
}

/**
 * Signs the bot of a site in, makes it where it is missing and lifts its rate limits. `keys` is the folder of the token
 * file (0600). Throws Trouble when the site does not answer.
 */
export async function ensureBot(site: ProvisionSite, keys: string, ledger: Ledger): Promise<BotSession> {
  const reach = () => request(site.homeserver, 'GET', '/_matrix/client/versions')
  await patiently(reach, { deadline: 10_000 }).catch((cause: unknown) => {
    throw new Trouble(`The homeserver of site ${site.id} does not answer at ${site.homeserver}.`, cause)
  })
  const file = tokenFile(keys, site)
  const kept = await stored(site, file)
  if (kept) {
    await unlimited(kept, site, ledger)
    return { bot: kept, end: async () => {} }
  }
  let token = await logIn(site.homeserver, BOT, password(site))
  if (!token) {
    const line = `+ ${site.id}: account ${accountOf(site, BOT)}`
    await ledger.change(line, async () => (token = await register(site, file)))
  }
  if (!token) return { bot: null, end: async () => {} }
  const bot = new Homeserver(site.homeserver, token)
  if (!ledger.dryRun) {
    await mkdir(keys, { recursive: true, mode: 0o700 })
    await writeFile(file, `${token}\n`, { mode: 0o600 })
  }
  await unlimited(bot, site, ledger)
  const logOut = async () => void (await bot.call('POST', '/_matrix/client/v3/logout', { body: {} }))
  return { bot, end: ledger.dryRun ? logOut : async () => {} }
}
