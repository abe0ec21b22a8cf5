/** The deployment file `/notanker.json`: which sites there are and who watches them. Shape: docs/protocol.md. */
import * as v from 'valibot'
import { parseJson, type Parsed } from './parse.ts'
import { roomId, userId, type PersonId, type SiteId, type UserId } from './ids.ts'

const httpUrl = v.pipe(
  v.string(),
  v.url(),
  v.check((text) => {
    const url = new URL(text)
    const local = url.hostname === 'localhost' || url.hostname === '127.0.0.1'
    return url.protocol === 'https:' || (url.protocol === 'http:' && local)
  }, 'must be https'),
  // One address has one spelling: no capitals in the host, no default port, no slash at the end.
  v.transform((text) => new URL(text).href.replace(/\/+$/, '')),
)

const site = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,16}$/)),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  server_name: v.pipe(v.string(), v.minLength(1)),
  homeserver: httpUrl,
  relay: v.optional(httpUrl),
  workplace: v.optional(httpUrl),
  bot: v.optional(userId),
  /** For monitors: where its federation and its sign-in service answer. Left out: not looked at. */
  federation: v.optional(httpUrl),
  sign_in: v.optional(httpUrl),
})

function isTimeZone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('de', { timeZone }))
  } catch {
    return false
  }
}

export const deploymentSchema = v.pipe(
  v.object({
    v: v.literal(1),
    serial: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    app: httpUrl,
    agency: v.object({ name: v.string(), short: v.string() }),
    space: roomId,
    sites: v.pipe(v.array(site), v.minLength(1), v.maxLength(8)),
    monitors: v.optional(v.array(v.object({ id: v.string(), url: httpUrl })), []),
    vapid_public_key: v.optional(v.string()),
    failover: v.optional(
      v.object({
        mode: v.fallback(v.picklist(['automatic', 'confirm']), 'confirm'),
        /** In mode `confirm`: how long managers are waited for, s, and what happens when none has answered (SWITCH-5). */
        confirm_within_s: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(86_400))),
        then: v.optional(v.fallback(v.picklist(['automatic', 'nothing']), 'nothing')),
      }),
      { mode: 'confirm' },
    ),
    /** Where the agency's clocks are, e.g. Europe/Berlin, which is the default. */
    time_zone: v.optional(v.pipe(v.string(), v.check(isTimeZone, 'no time zone'))),
    languages: v.optional(
      v.pipe(
        v.array(v.string()),
        v.transform((all) => all.filter((one) => one === 'de' || one === 'en')),
      ),
      ['de', 'en'],
    ),
    imprint: v.optional(httpUrl),
    privacy: v.optional(httpUrl),
    accessibility: v.optional(httpUrl),
  }),
  v.check((file) => new Set(file.sites.map((s) => s.id)).size === file.sites.length, 'two sites have the same id'),
  // Two sites may be addresses of one homeserver (SITE-27); two relays that count in one bot's account would mistrust each other.
  v.check(({ sites }) => {
    const bots = sites.flatMap(({ bot }) => bot ?? [])
    return new Set(bots).size === bots.length
  }, 'two sites have the same bot'),
  // A monitor that is listed twice would have two votes (SITE-1).
  v.check(
    (file) => new Set(file.monitors.map((m) => m.id)).size === file.monitors.length,
    'two monitors have the same id',
  ),
  v.check(
    (file) => new Set(file.monitors.map((m) => m.url)).size === file.monitors.length,
    'two monitors have the same url',
  ),
)

export type Deployment = v.InferOutput<typeof deploymentSchema>
export type Site = Deployment['sites'][number]

/** Reads the text of a deployment file. */
export const readDeployment = (text: string): Parsed<Deployment> => parseJson(deploymentSchema, text)

/** Of two copies of the file, the one with the higher `serial`; the one at hand on a tie. */
export function newerDeployment(current: Deployment | null, other: Deployment | null): Deployment | null {
  if (!current || !other) return current ?? other
  return other.serial > current.serial ? other : current
}

export const siteById = (deployment: Deployment, id: SiteId): Site | undefined =>
  deployment.sites.find((s) => s.id === id)

/** In the file's order. */
export const relayUrls = ({ sites }: Deployment): string[] => sites.flatMap(({ relay }) => relay ?? [])

/** The site whose homeserver an account lives on, if it is one of ours; of several addresses of one homeserver the first. */
export function siteOfUser(deployment: Deployment, user: UserId): Site | undefined {
  const server = user.slice(user.indexOf(':') + 1)
  return deployment.sites.find((s) => s.server_name === server)
}

/** PersonId of an account: the localpart at one of our sites, else the full Matrix id (docs/protocol.md, "A person's accounts"). */
export function personOf(deployment: Deployment, user: UserId): PersonId {
  const ours = siteOfUser(deployment, user)
  return (ours ? user.slice(1, user.indexOf(':')) : user) as PersonId
}

export const accountAt = (site: Site, person: PersonId): UserId => `@${person}:${site.server_name}`

/** Bots speak for relays; they are no persons and count nowhere. */
export const isBot = (deployment: Deployment, user: UserId): boolean => deployment.sites.some((s) => s.bot === user)
