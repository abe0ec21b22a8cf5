/** Starts the processes of the sites and of the witness. */
import { join } from 'node:path'
import { botsOf, tokenFile, type ProvisionSite } from '../server/provision/index.ts'
import { SITE_NAMES } from './deployment-file.ts'
import { homeserverCommand, prepareHomeserver } from './homeserver-process.ts'
import type { DemoSiteId, Ports } from './ports.ts'
import type { Processes, Running } from './processes.ts'
import { untilReady } from './ready.ts'
import { prepareRelay, type Checks, type Monitor, type PushSettings, type Service } from './relay-process.ts'
import { Site } from './site.ts'

export interface Place {
  dir: string
  keys: string
  ports: Ports
  processes: Processes
  /** Called whenever a process came or went; with a line when a person should hear of it. */
  changed: (line: string | null) => void
}

/**
 * A site with its homeserver running. All sites need theirs before rooms can be made, and relays need the rooms. `named`
 * is the port in the server's name, where other servers look for it.
 */
export async function startSite(
  { dir, ports, processes, changed }: Place,
  id: DemoSiteId,
  python: string,
  named = ports.sites[id].federation,
): Promise<Site> {
  const { client, federation } = ports.sites[id]
  const server_name = `localhost:${named}`
  const folder = join(dir, id)
  const secret = await prepareHomeserver(python, { dir: folder, server_name, client, federation })
  const homeserver = `http://localhost:${client}`
  const account: ProvisionSite = {
    id,
    name: SITE_NAMES[id],
    server_name,
    homeserver,
    registration_shared_secret: secret.trim(),
  }
  const site = new Site(account, ports.sites[id], processes, changed)
  await site.add('homeserver', homeserverCommand(id, python, folder))
  return site
}

export interface RelaySettings {
  /** The deployment file of a relay or witness. */
  relayFile: (id: string) => Promise<string>
  monitor: Monitor
  checks: Checks | undefined
  services: Service[] | undefined
  push: PushSettings
  env: Record<string, string>
}

/** The relay of every site, and the witness, which is returned. */
export async function startRelays(place: Place, sites: readonly Site[], settings: RelaySettings): Promise<Running> {
  const { dir, keys, ports, processes } = place
  const { relayFile, monitor, checks, services, push, env } = settings
  const common = { keys, monitor, checks, ...(services ? { services } : {}) }
  const bots = botsOf(sites.map((site) => site.provision))
  const beside = async (site: Site, i: number) => {
    const own = { homeserver: site.homeserver, bot: bots[i]!, token_file: tokenFile(keys, site), push }
    const deployment = await relayFile(site.id)
    const config = { ...common, deployment, id: site.id, dir: join(dir, site.id), port: site.ports.relay, site: own }
    await site.add('relay', await prepareRelay(config, env))
  }
  const alone = async () => {
    const deployment = await relayFile('witness')
    const config = { ...common, deployment, id: 'witness', dir: join(dir, 'witness'), port: ports.witness }
    const command = await prepareRelay(config, env)
    const witness = await processes.start(command)
    await untilReady(witness, `http://localhost:${ports.witness}/health`, command.log)
    return witness
  }
  const [witness] = await Promise.all([alone(), ...sites.map(beside)])
  return witness
}
