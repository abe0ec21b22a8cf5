/** `relay.yaml`: what one relay or witness is told. Paths in it are relative to the file itself. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { parse as parseYaml } from 'yaml'
import { PUSH_TTL } from '../core/duty.ts'
import { parse, parseJson } from '../core/parse.ts'
import { SCHEDULES, type Schedules } from '../core/repeating.ts'
import { userId, type UserId } from '../core/ids.ts'
import type { Pace, ServiceCheck } from './monitor/checks.ts'
import type { WebhookSettings } from './push/webhook.ts'
import type { Thresholds } from '../core/verdict.ts'
import { isHostPattern } from './devices/subscription.ts'
import { vapidSchema, type VapidPair } from './keys.ts'
import { Trouble } from './trouble.ts'

/** Push services of the browsers we know; `*.` stands for one or more labels. */
export const PUSH_HOSTS = [
  'fcm.googleapis.com',
  'jmt17.google.com',
  '*.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
]

const path = v.pipe(v.string(), v.minLength(1))
const whole = (min: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(min))
const listen = v.pipe(
  v.string(),
  v.regex(/^[^\s]+:\d{1,5}$/, 'must be host:port, e.g. 127.0.0.1:8183'),
  v.transform((text) => {
    const colon = text.lastIndexOf(':')
    return { hostname: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
  }),
)
const url = v.pipe(
  v.string(),
  v.url(),
  v.transform((text) => text.replace(/\/+$/, '')),
)

/** Three falls within ten minutes: then it has to hold for five. */
const DAMPING = { falls: 3, window: 600_000, hold: 300_000 }

/** Of what is shown and switches nobody. */
const PACE: Pace = { interval: 30_000, timeout: 10_000, misses: 3, recovers: 2 }
const pace = {
  interval: v.optional(whole(50), PACE.interval),
  timeout: v.optional(whole(50), PACE.timeout),
  misses: v.optional(whole(1), PACE.misses),
  recovers: v.optional(whole(1), PACE.recovers),
}
const filled = v.pipe(v.string(), v.minLength(1), v.maxLength(80))
const endpoint = { host: filled, port: v.pipe(whole(1), v.maxValue(65_535)) }
const service = v.pipe(
  v.strictObject({
    id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/)),
    site: v.optional(v.string()),
    name: v.strictObject({ de: filled, en: filled }),
    url: v.optional(url),
    status: v.optional(v.pipe(whole(100), v.maxValue(599))),
    text: v.optional(filled),
    tcp: v.optional(v.strictObject(endpoint)),
    tls: v.optional(v.strictObject({ ...endpoint, days: v.optional(whole(0), 14) })),
    ...pace,
  }),
  v.check((s) => [s.url, s.tcp, s.tls].filter(Boolean).length === 1, 'needs one of url, tcp, tls'),
  v.check((s) => Boolean(s.url) || (s.status === undefined && s.text === undefined), 'status and text go with a url'),
  v.transform(({ id, site, name, url, status, text, tcp, tls, ...pace }): ServiceCheck => {
    const target = url ? { url, status, text } : tcp ? { tcp } : { tls: tls! }
    return { id, site, name, pace, target }
  }),
)

/** Rounds that follow each other faster than relays read each other's lists would be rung by all of them. */
const schedule = v.union([
  v.pipe(
    v.literal('never'),
    v.transform(() => null),
  ),
  v.strictObject({
    every: whole(60_000),
    for: v.pipe(whole(60_000), v.maxValue(PUSH_TTL)),
    webhook: v.optional(v.boolean(), false),
  }),
])
const repeat = {
  Extreme: v.exactOptional(schedule),
  Severe: v.exactOptional(schedule),
  Moderate: v.exactOptional(schedule),
  Minor: v.exactOptional(schedule),
}
const hookUrl = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])/, 'must be https: it carries names'),
)

const fileSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,16}$/)),
  listen,
  /** The address of a caller is the last of `X-Forwarded-For`, as the operator's proxy writes it. */
  behind_proxy: v.optional(v.boolean(), false),
  deployment: path,
  homeserver: v.optional(url),
  bot: v.optional(v.strictObject({ user: userId, token_file: path })),
  vapid: v.optional(v.strictObject({ subject: v.pipe(v.string(), v.regex(/^(mailto:|https:)/)), key_file: path })),
  session_key_file: v.optional(path),
  push_hosts: v.optional(v.array(v.pipe(v.string(), v.check(isHostPattern, 'no host'))), PUSH_HOSTS),
  data: path,
  monitor: v.strictObject({
    interval: whole(50),
    misses: whole(1),
    recovers: whole(1),
    damping: v.optional(v.strictObject({ falls: whole(2), window: whole(1), hold: whole(0) }), DAMPING),
  }),
  /** Pace of everything that the deployment file makes this monitor look at besides homeservers and relays. */
  checks: v.optional(v.strictObject(pace), PACE),
  services: v.optional(
    v.pipe(
      v.array(service),
      v.maxLength(100),
      v.check((all) => new Set(all.map((s) => s.id)).size === all.length, 'two services have the same id'),
    ),
    [],
  ),
  repeat: v.optional(v.strictObject(repeat), {}),
  webhook: v.optional(v.strictObject({ url: hookUrl, secret_file: path })),
  /** A phone that is used at all registers within days; less would lose those of people on leave. */
  retention: v.optional(v.strictObject({ days: v.pipe(whole(14), v.maxValue(366)) }), { days: 60 }),
  duty: v.optional(v.strictObject({ patience: whole(0) }), { patience: 15_000 }),
})

/** What only a relay beside a homeserver has. */
export interface SiteConfig {
  homeserver: string
  bot: { user: UserId; token: string }
  /** The pair for which phones subscribe first, then those for which some still are. */
  vapid: { subject: string; keys: readonly [VapidPair, ...VapidPair[]] }
  /** Shared by all relays of the deployment; signs bearers. */
  sessionKey: Buffer
  pushHosts: string[]
  schedules: Schedules
  /** Who is told of those who have not answered; null: nobody. */
  webhook: WebhookSettings | null
  /** How many days a device is kept that does not register (KEEP-1). */
  keepDays: number
  /** How long a relay that is first on duty is waited for, ms. */
  patience: number
}

export interface RelayConfig {
  id: string
  listen: { hostname: string; port: number }
  behindProxy: boolean
  deployment: string
  data: string
  monitor: Thresholds & { interval: number }
  checks: Pace
  services: readonly ServiceCheck[]
  /** Null: a witness, which only watches. */
  site: SiteConfig | null
}

function read(name: string, file: string, field: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Trouble(`${name}: ${field}: cannot read ${file}`, cause)
  }
}

function yamlOf(name: string): unknown {
  const text = read(name, name, 'file')
  try {
    return parseYaml(text)
  } catch (cause) {
    throw new Trouble(`${name}: no YAML: ${(cause as Error).message.split('\n')[0]}`, cause)
  }
}

/** Reads `relay.yaml` and the keys it names. Throws Trouble with one sentence that names the field. */
export function loadConfig(name: string): RelayConfig {
  const parsed = parse(fileSchema, yamlOf(name))
  if (!parsed.ok) throw new Trouble(`${name}: ${parsed.reason}`)
  const file = parsed.value
  const at = (path: string) => resolve(dirname(name), path)
  const { id, monitor, checks, services } = file
  const common = { id, listen: file.listen, behindProxy: file.behind_proxy, monitor, checks, services }
  const config = { ...common, deployment: at(file.deployment), data: at(file.data) }
  if (!file.homeserver) return { ...config, site: null }
  const { bot, vapid, session_key_file } = file
  if (!bot || !vapid || !session_key_file) {
    const missing = !bot ? 'bot' : !vapid ? 'vapid' : 'session_key_file'
    throw new Trouble(`${name}: ${missing}: is missing; a relay with a homeserver needs it`)
  }
  const token = read(name, at(bot.token_file), 'bot.token_file').trim()
  if (!token) throw new Trouble(`${name}: bot.token_file: ${at(bot.token_file)} is empty`)
  const keys = parseJson(vapidSchema, read(name, at(vapid.key_file), 'vapid.key_file'))
  if (!keys.ok) throw new Trouble(`${name}: vapid.key_file: ${keys.reason}`)
  const { former, ...present } = keys.value
  const secret = (field: string, file: string): Buffer => {
    const hex = read(name, at(file), field).trim()
    if (!/^([0-9a-f]{2}){32,}$/i.test(hex)) throw new Trouble(`${name}: ${field}: needs 32 bytes or more in hex`)
    return Buffer.from(hex, 'hex')
  }
  const { webhook } = file
  const site: SiteConfig = {
    homeserver: file.homeserver,
    bot: { user: bot.user, token },
    vapid: { subject: vapid.subject, keys: [present, ...former] },
    sessionKey: secret('session_key_file', session_key_file),
    pushHosts: file.push_hosts,
    schedules: { ...SCHEDULES, ...file.repeat },
    webhook: webhook ? { url: webhook.url, secret: secret('webhook.secret_file', webhook.secret_file) } : null,
    keepDays: file.retention.days,
    patience: file.duty.patience,
  }
  return { ...config, site }
}
