/** `relay.yaml`: what one relay or witness is told. Paths in it are relative to the file itself. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { parse as parseYaml } from 'yaml'
import { parse, parseJson } from '../core/parse.ts'
import { userId, type UserId } from '../core/ids.ts'
import type { Thresholds } from '../core/verdict.ts'
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
  push_hosts: v.optional(v.array(v.string()), PUSH_HOSTS),
  data: path,
  monitor: v.strictObject({ interval: whole(50), misses: whole(1), recovers: whole(1) }),
  duty: v.optional(v.strictObject({ patience: whole(0) }), { patience: 15_000 }),
})

const key = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/))
const vapidSchema = v.object({ publicKey: key, privateKey: key })

/** What only a relay beside a homeserver has. */
export interface SiteConfig {
  homeserver: string
  bot: { user: UserId; token: string }
  vapid: { subject: string; publicKey: string; privateKey: string }
  /** Shared by all relays of the deployment; signs bearers. */
  sessionKey: Buffer
  pushHosts: string[]
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
  const { id, monitor } = file
  const common = { id, listen: file.listen, behindProxy: file.behind_proxy, monitor }
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
  const hex = read(name, at(session_key_file), 'session_key_file').trim()
  if (!/^([0-9a-f]{2}){32,}$/i.test(hex)) throw new Trouble(`${name}: session_key_file: needs 32 bytes or more in hex`)
  const site: SiteConfig = {
    homeserver: file.homeserver,
    bot: { user: bot.user, token },
    vapid: { subject: vapid.subject, ...keys.value },
    sessionKey: Buffer.from(hex, 'hex'),
    pushHosts: file.push_hosts,
    patience: file.duty.patience,
  }
  return { ...config, site }
}
