/** `notanker.json` of a deployment on this machine (docs/protocol.md, "Deployment file"). */
import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Deployment } from '../core/deployment.ts'
import { readDeployment } from '../core/deployment.ts'
import type { RoomId } from '../core/ids.ts'
import { botsOf, type Plan, type ProvisionSite } from '../server/provision/index.ts'
import type { DemoSiteId, Ports } from './ports.ts'
import { writeWhole } from './write-file.ts'

/** Providers that CKKI tries (its words; the machines are this one). */
export const SITE_NAMES: Record<DemoSiteId, string> = {
  a: 'IONOS Karlsruhe',
  b: 'STACKIT Neckarsulm',
  c: 'T-Systems Biere',
}
const WORKPLACES: Record<DemoSiteId, string> = {
  a: 'https://portal.karlsruhe.lars.example',
  b: 'https://portal.neckarsulm.lars.example',
  c: 'https://portal.biere.lars.example',
}

export interface FileParts {
  agency: Plan['agency']
  ports: Ports
  sites: readonly ProvisionSite[]
  space: RoomId
  vapid_public_key: string
  failover: Deployment['failover']
}

/** The file but for its serial. */
export function deploymentOf({
  agency,
  ports,
  sites,
  space,
  vapid_public_key,
  failover,
}: FileParts): Omit<Deployment, 'serial'> {
  const at = (port: number) => `http://localhost:${port}`
  const app = at(ports.app)
  return {
    v: 1,
    app,
    agency,
    space,
    sites: sites.map((site, i) => ({
      id: site.id,
      name: site.name,
      server_name: site.server_name,
      homeserver: site.homeserver,
      relay: at(ports.sites[site.id as DemoSiteId].relay),
      workplace: WORKPLACES[site.id as DemoSiteId],
      bot: botsOf(sites)[i]!,
    })),
    monitors: [
      ...sites.map((site) => ({ id: site.id, url: at(ports.sites[site.id as DemoSiteId].relay) })),
      { id: 'witness', url: at(ports.witness) },
    ],
    vapid_public_key,
    failover,
    languages: ['de', 'en'],
    imprint: `${app}/imprint.html`,
    privacy: `${app}/privacy.html`,
    accessibility: `${app}/accessibility.html`,
  }
}

/** Writes the file. The serial goes up with each change, for phones and relays keep the higher one. */
export async function writeDeployment(file: string, content: Omit<Deployment, 'serial'>): Promise<Deployment> {
  const before = readDeployment(await readFile(file, 'utf8').catch(() => ''))
  const serial = before.ok ? before.value.serial : 1
  const unchanged = before.ok && isDeepStrictEqual({ ...before.value }, { ...content, serial })
  const deployment = { ...content, serial: before.ok && !unchanged ? serial + 1 : serial }
  if (!unchanged) await writeWhole(file, `${JSON.stringify(deployment, null, 2)}\n`, 0o644)
  return deployment
}
