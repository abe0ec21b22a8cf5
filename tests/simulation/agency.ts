/** The agency of the simulation: two sites and a witness, or three sites with or without one; two team rooms, an alert room, a Lage room. */
import type { AlertContent } from '../../src/core/alert.ts'
import { deploymentSchema, type Deployment } from '../../src/core/deployment.ts'
import { parse } from '../../src/core/parse.ts'
import type { Thresholds } from '../../src/core/verdict.ts'
import type { RoomId, SiteId } from '../../src/core/ids.ts'

export const ALERT: RoomId = '!alert'
export const LAGE: RoomId = '!lage'
export const TEAMS: readonly RoomId[] = ['!team1', '!team2']
export const PEOPLE = ['anna', 'ben', 'cem'] as const
export const THRESHOLDS: Thresholds = { misses: 3, recovers: 4 }
/** How long a relay waits for one before it to list an alert as sent, ms. */
export const PATIENCE = 15_000
/** How long an alert must be listed to count as rung, ms. */
export const RINGING = 60_000

const deployments = new Map<string, Deployment>()

/** One for all worlds that are laid out alike. */
export function deploymentOf(sites: readonly SiteId[], monitors: readonly string[]): Deployment {
  const key = `${sites.join()} ${monitors.join()}`
  const deployment = deployments.get(key) ?? readDeployment(sites, monitors)
  deployments.set(key, deployment)
  return deployment
}

function readDeployment(sites: readonly SiteId[], monitors: readonly string[]): Deployment {
  const parsed = parse(deploymentSchema, {
    v: 1,
    serial: 1,
    app: 'https://app.example',
    agency: { name: 'Amt', short: 'A' },
    space: '!space',
    sites: sites.map((id) => ({
      id,
      name: `Standort ${id}`,
      server_name: `${id}.example`,
      homeserver: `https://matrix.${id}.example`,
      relay: `https://relay.${id}.example`,
      bot: `@bot:${id}.example`,
    })),
    monitors: monitors.map((id) => ({ id, url: `https://relay.${id}.example` })),
    failover: { mode: 'automatic' },
  })
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.value
}

/** UUIDs that tell what they are for. */
export const uuidOf = (kind: number, nr: number): string =>
  `00000000-0000-4000-8${kind.toString(16).padStart(3, '0')}-${nr.toString(16).padStart(12, '0')}`

export const alertOf = (id: string, now: number): AlertContent => ({
  v: 1,
  id,
  rev: 0,
  msg_type: 'Alert',
  status: 'Actual',
  severity: 'Severe',
  kind: 'instruction',
  headline: 'Gebäude räumen',
  instruction: 'Verlassen Sie das Gebäude.',
  next_step: 'Gehen Sie zum Sammelplatz.',
  responses: [
    { key: 'ok', label: 'Verstanden', meaning: 'acknowledged' },
    { key: 'help', label: 'Ich brauche Hilfe', meaning: 'need_help' },
  ],
  effective: now,
  audience: { label: 'Alle', rooms: [ALERT] },
  info: [],
})
