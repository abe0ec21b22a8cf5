/** Texts of a Synapse's configuration. Why each setting: docs/adr, docs/operate.md; what Synapse makes of it: its "config documentation". */
import { randomBytes } from 'node:crypto'
import { stringify } from 'yaml'

export interface SynapseConfig {
  /** Folder of the site; every file of the homeserver is in it. */
  dir: string
  server_name: string
  client: number
  federation: number
}

const HOST = '127.0.0.1'
const plenty = { per_second: 10_000, burst_count: 10_000 }

/** Everybody of an agency may come at once, and tests do. */
const RATES = {
  rc_message: plenty,
  rc_registration: plenty,
  rc_login: { address: plenty, account: plenty, failed_attempts: plenty },
  rc_joins: { local: plenty, remote: plenty },
  rc_joins_per_room: plenty,
  rc_invites: { per_room: plenty, per_user: plenty, per_issuer: plenty },
  rc_room_creation: plenty,
  rc_key_requests: plenty,
  rc_media_create: plenty,
  rc_profile: plenty,
  rc_admin_redaction: plenty,
  rc_federation: { window_size: 1000, sleep_limit: 10_000, sleep_delay: 1, reject_limit: 10_000, concurrent: 100 },
}

/** A site that is back is reached within seconds, also without a nudge. The same values are meant for production. */
const FEDERATION = {
  client_timeout: '15s',
  max_long_retries: 3,
  max_long_retry_delay: '2s',
  max_short_retries: 1,
  max_short_retry_delay: '1s',
  destination_min_retry_interval: '2s',
  destination_max_retry_interval: '20s',
}

/** Everything is on this machine: private addresses are the only ones there are, and certificates are our own. */
const LOOPBACK = {
  ip_range_blacklist: [],
  federation_verify_certificates: false,
  trusted_key_servers: [],
  suppress_key_server_warning: true,
}

export const FILES = {
  config: 'homeserver.yaml',
  log_config: 'log.yaml',
  secret: 'registration.secret',
  macaroon_key: 'macaroon.key',
  signing_key: 'signing.key',
  certificate: 'federation.crt',
  private_key: 'federation.key',
  log: 'homeserver.log',
} as const

/** `homeserver.yaml`. */
export function homeserverYaml({ dir, server_name, client, federation }: SynapseConfig): string {
  const at = (name: string) => `${dir}/${name}`
  const listener = (port: number, tls: boolean, names: string[], compress: boolean) => ({
    port,
    type: 'http',
    tls,
    bind_addresses: [HOST],
    resources: [{ names, compress }],
  })
  return stringify({
    server_name,
    public_baseurl: `http://localhost:${client}/`,
    pid_file: at('homeserver.pid'),
    listeners: [
      // `openid` lets the relay check OpenID tokens here instead of at the federation listener.
      listener(client, false, ['client', 'openid'], true),
      listener(federation, true, ['federation'], false),
    ],
    tls_certificate_path: at(FILES.certificate),
    tls_private_key_path: at(FILES.private_key),
    signing_key_path: at(FILES.signing_key),
    registration_shared_secret_path: at(FILES.secret),
    macaroon_secret_key_path: at(FILES.macaroon_key),
    database: { name: 'sqlite3', args: { database: at('homeserver.db') } },
    media_store_path: at('media'),
    log_config: at(FILES.log_config),
    default_room_version: '12',
    enable_registration: false,
    password_config: { enabled: true },
    bcrypt_rounds: 4,
    presence: { enabled: false },
    user_directory: { enabled: false, search_all_users: false },
    stats: { enabled: false },
    report_stats: false,
    enable_metrics: false,
    url_preview_enabled: false,
    allow_device_name_lookup_over_federation: false,
    caches: { global_factor: 0.5 },
    federation: FEDERATION,
    ...LOOPBACK,
    ...RATES,
  })
}

/** Python's logging configuration: warnings only, in a file that never grows beyond 3 × 5 MB. */
export function logYaml(dir: string): string {
  const file = {
    class: 'logging.handlers.RotatingFileHandler',
    filename: `${dir}/${FILES.log}`,
    maxBytes: 5_000_000,
    backupCount: 2,
    formatter: 'line',
    encoding: 'utf8',
  }
  return stringify({
    version: 1,
    disable_existing_loggers: false,
    formatters: { line: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
    handlers: { file },
    root: { level: 'WARNING', handlers: ['file'] },
  })
}

/** An ed25519 key as signedjson stores it: algorithm, version, seed in unpadded base64. */
export function signingKey(): string {
  const seed = randomBytes(32).toString('base64').replace(/=+$/, '')
  return `ed25519 a_${randomBytes(2).toString('hex')} ${seed}\n`
}
