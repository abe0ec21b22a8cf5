/** A relay or witness on this machine: `notanker relay relay.yaml`. Fields: docs/operate.md, "relay.yaml". */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Severity } from '../core/alert.ts'
import type { UserId } from '../core/ids.ts'
import type { Damping } from '../core/verdict.ts'
import { SESSION_FILE, VAPID_FILE } from '../server/keys.ts'
import { CLI, NODE } from './paths.ts'
import type { Command } from './processes.ts'

export interface Monitor {
  /** ms between two rounds of probes. */
  interval: number
  misses: number
  recovers: number
  /** What a site that falls again and again has to show (SWITCH-3). */
  damping: Damping
}

export interface Checks {
  interval: number
  timeout: number
  misses: number
  recovers: number
}

/** A workplace service that a monitor looks at, as `relay.yaml` names it. */
export interface Service extends Checks {
  id: string
  name: { de: string; en: string }
  url?: string
  text?: string
  tcp?: { host: string; port: number }
  tls?: { host: string; port: number; days: number }
}

/** What differs from the relay's defaults: hosts that it may send pushes to, how often it rings, who is told of the silent. */
export interface PushSettings {
  push_hosts?: string[]
  /** ms, by severity. */
  repeat?: Partial<Record<Severity, { every: number; for: number; webhook: boolean }>>
  webhook?: { url: string; secret_file: string }
}

export interface RelayConfig {
  id: string
  /** Folder of the site or witness. */
  dir: string
  /** Folder of the keys that all relays share. */
  keys: string
  port: number
  /** The deployment file. */
  deployment: string
  monitor: Monitor
  /** Pace of what is looked at besides homeservers and relays; without it, the relay's own. */
  checks?: Checks | undefined
  services?: Service[]
  /** What a witness has not. */
  site?: { homeserver: string; bot: UserId; token_file: string; push: PushSettings }
}

/** `relay.yaml`. */
export function relayYaml({ id, dir, keys, port, deployment, monitor, checks, services, site }: RelayConfig): string {
  const watched = { monitor, ...(checks ? { checks } : {}), ...(services ? { services } : {}) }
  const common = { id, listen: `127.0.0.1:${port}`, deployment, data: join(dir, 'relay'), ...watched }
  if (!site) return stringify(common)
  return stringify({
    ...common,
    homeserver: site.homeserver,
    bot: { user: site.bot, token_file: site.token_file },
    vapid: { subject: 'mailto:notanker@localhost', key_file: join(keys, VAPID_FILE) },
    session_key_file: join(keys, SESSION_FILE),
    ...site.push,
  })
}

/** Writes the relay's file; the command that runs it. `env` is added to its environment. */
export async function prepareRelay(config: RelayConfig, env: Record<string, string>): Promise<Command> {
  await mkdir(config.dir, { recursive: true, mode: 0o700 })
  const file = join(config.dir, 'relay.yaml')
  await writeFile(file, relayYaml(config), { mode: 0o600 })
  const name = config.site ? `relay of site ${config.id}` : config.id
  return { name, command: NODE, args: [CLI, 'relay', file], cwd: config.dir, env, log: join(config.dir, 'relay.log') }
}
