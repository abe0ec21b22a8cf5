/**
 * Real sites, two if not asked for three, and a witness, each relay behind a network of its own that can be made as bad as real ones are, and the
 * homeservers' lines to each other as well. What the relays say is read past those networks, at their own ports.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import * as v from 'valibot'
import type { Deployment } from '../../src/core/deployment.ts'
import { statusSchema, type RelayStatus } from '../../src/core/relay.ts'
import { startDeployment, type DeploymentOptions, type RunningDeployment } from '../../src/stack/deployment.ts'
import { portsFrom, SITE_IDS, type DemoSiteId, type Ports } from '../../src/stack/ports.ts'
import { freeBase } from './ports.ts'
import { FILES } from '../../src/stack/synapse-config.ts'
import type { Service } from '../../src/stack/relay-process.ts'
import { createWebApp, startWebHost, type WebHost } from '../../src/stack/web-host.ts'
import { makeCertificate, type Certificate } from './certificate.ts'
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts'
import type { Fault } from './faults.ts'
import { serversOf, type Servers } from './pair.ts'
import { waitFor } from './wait.ts'
import { PORTAL, startWorkplace, type Workplace } from './workplace.ts'

export type SiteId = DemoSiteId
export type MonitorId = SiteId | 'witness'
/** Of two sites. */
export const MONITORS = ['a', 'b', 'witness'] as const satisfies MonitorId[]

/** What a monitor's network leads to. */
export type Place = `${SiteId}/${'homeserver' | 'relay' | 'federation'}` | 'witness' | 'web_host'

export interface Watched extends Servers {
  /** What every monitor looks at besides; site A's sign-in service is one of them. */
  workplace: Workplace
  sites: readonly SiteId[]
  monitors: readonly MonitorId[]
  /** What a relay or witness says now; null: it does not answer. */
  status(monitor: MonitorId): Promise<RelayStatus | null>
  /** Its status page. */
  page(monitor: MonitorId): Promise<string>
  /** Bad lines from a monitor, or from all of them, to a place. */
  set(fault: Fault, place: Place, monitors?: readonly MonitorId[]): void
  /** Bad lines between the homeservers. */
  cutFederation(): void
  /** Every line is well again, the certificate of site A holds, and the workplace works. */
  heal(): Promise<void>
  /** Site A has this certificate from now on. */
  present(certificate: 'good' | 'expired'): void
  /** Nothing more can be written by the homeserver of a site. */
  fillDisk(site: SiteId): void
  emptyDisk(site: SiteId): void
  killWebHost(): Promise<void>
  /** Its relays follow this from now on. */
  setFailover(failover: Deployment['failover']): Promise<void>
  /** Resolves when each of these has looked at everything several times more. */
  rounds(monitors: readonly MonitorId[]): Promise<void>
  stop(): Promise<void>
}

/** A probe may take twice the interval: long enough for a busy machine, short enough for a test. */
const MONITOR = { interval: 500, misses: 3, recovers: 3, damping: { falls: 3, window: 40_000, hold: 5_000 } }
const CHECKS = { interval: 500, timeout: 2000, misses: 3, recovers: 2 }
/** A monitor asks eight things a round or more. */
const SEVERAL_ROUNDS = 30

const placesOf = ({ app, sites, witness }: Ports, ids: readonly SiteId[]) => {
  const ofSite = (id: SiteId) => [
    [`${id}/homeserver`, sites[id].client],
    [`${id}/relay`, sites[id].relay],
    [`${id}/federation`, sites[id].federation],
  ]
  return Object.fromEntries([...ids.flatMap(ofSite), ['witness', witness], ['web_host', app]]) as Record<Place, number>
}
const HOST = '127.0.0.1'
const at = (port: number, scheme = 'http') => `${scheme}://${HOST}:${port}`

/** TLS in front of a port: its certificate can be changed while it runs. */
async function startTls({ cert, key }: Certificate, port: number): Promise<TlsServer> {
  const server = createTlsServer({ cert, key }, (client) => {
    const inner = connect({ host: HOST, port })
    for (const [from, to] of [
      [client, inner],
      [inner, client],
    ] as const) {
      from.on('error', () => to.destroy())
      from.once('close', () => to.destroy())
    }
    client.pipe(inner).pipe(client)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, HOST)
  await once(server, 'listening')
  return server
}
const portOf = (server: TlsServer) => (server.address() as AddressInfo).port

/** As `relay.yaml` names them. */
function servicesOf({ ports }: Workplace): Service[] {
  const service = (id: string, de: string, en: string, target: Partial<Service>) => ({
    ...CHECKS,
    id,
    name: { de, en },
    ...target,
  })
  return [
    service('portal', 'Arbeitsplatz', 'Workplace', { url: at(ports.portal), text: PORTAL }),
    service('telephone', 'Telefon', 'Telephone', { tcp: { host: HOST, port: ports.telephone } }),
    service('mail', 'E-Mail', 'Mail', { tls: { host: HOST, port: ports.mail, days: 14 } }),
  ]
}

/** What one monitor sees the others through. */
interface Network {
  proxy: FaultProxy
  ports: Record<Place, number>
  tls: TlsServer
}

async function openNetwork(places: Record<Place, number>, certificate: Certificate): Promise<Network> {
  const proxy = await startFaultProxy()
  const doors = Object.entries(places).map(async ([place, port]) => [place, await proxy.door({ host: HOST, port })])
  const ports = Object.fromEntries(await Promise.all(doors)) as Record<Place, number>
  return { proxy, ports, tls: await startTls(certificate, ports['a/homeserver']) }
}

/** The deployment file as this network has it. Site A is reached by https, as real sites are, and all of it is looked at. */
function through({ ports, tls }: Network, file: Deployment, sign_in: number): Deployment {
  const homeserver = (id: SiteId) => (id === 'a' ? at(portOf(tls), 'https') : at(ports[`${id}/homeserver`]))
  const more = { federation: at(ports['a/federation'], 'https'), sign_in: at(sign_in) }
  const placeOf = (id: MonitorId): Place => (id === 'witness' ? id : `${id}/relay`)
  const monitor = (id: MonitorId) => at(ports[placeOf(id)])
  return {
    ...file,
    app: at(ports.web_host),
    sites: file.sites.map((site) => {
      const id = site.id as SiteId
      return { ...site, homeserver: homeserver(id), relay: monitor(id), ...(id === 'a' ? more : {}) }
    }),
    monitors: file.monitors.map(({ id }) => ({ id, url: monitor(id as MonitorId) })),
  }
}

export async function startWatched({ sites: count = 2 }: Pick<DeploymentOptions, 'sites'> = {}): Promise<Watched> {
  const data = await mkdtemp(join(tmpdir(), 'notanker-watched-'))
  const base = await freeBase()
  const ports = portsFrom(base)
  const sites = SITE_IDS.slice(0, count)
  const monitors: MonitorId[] = [...sites, 'witness']
  const places = placesOf(ports, sites)
  const certificates = { good: makeCertificate(), expired: makeCertificate(-1) }
  const workplace = await startWorkplace()
  const trusted = join(data, 'trusted.pem')
  await writeFile(trusted, certificates.good.cert + certificates.expired.cert + workplace.trusted)
  // For life; one of its own making nobody would trust.
  await mkdir(join(data, 'a'), { mode: 0o700 })
  await writeFile(join(data, 'a', FILES.certificate), certificates.good.cert)
  await writeFile(join(data, 'a', FILES.private_key), certificates.good.key, { mode: 0o600 })
  const federation = await startFaultProxy()
  const door = async (id: SiteId) => [id, await federation.door({ host: HOST, port: ports.sites[id].federation })]
  const named = Object.fromEntries(await Promise.all(sites.map(door))) as Record<SiteId, number>
  const open = async (id: MonitorId) => [id, await openNetwork(places, certificates.good)] as const
  const networks = Object.fromEntries(await Promise.all(monitors.map(open))) as Record<MonitorId, Network>
  const all = Object.values(networks)

  async function clear(): Promise<void> {
    await Promise.all([federation, ...all.map(({ proxy }) => proxy)].map((proxy) => proxy.close()))
    for (const { tls } of all) tls.close()
    await workplace.close()
    for (const certificate of Object.values(certificates)) certificate.remove()
    await rm(data, { recursive: true, force: true })
  }

  let web: WebHost | null = null
  let running: RunningDeployment
  try {
    running = await startDeployment({
      data,
      port: base,
      sites: count,
      withApp: false,
      monitor: MONITOR,
      checks: CHECKS,
      services: servicesOf(workplace),
      federation: named,
      extraEnv: { NODE_EXTRA_CA_CERTS: trusted },
      forRelays: (file, monitor) => through(networks[monitor as MonitorId], file, workplace.ports.sign_in),
    })
    web = await startWebHost(
      createWebApp(data, async () => JSON.stringify(running.deployment)),
      ports.app,
    )
  } catch (error) {
    await clear()
    throw error
  }

  const present = (name: keyof typeof certificates) => {
    const { cert, key } = certificates[name]
    for (const { tls } of all) tls.setSecureContext({ cert, key })
  }
  const relayOf = (id: MonitorId) => at(id === 'witness' ? ports.witness : ports.sites[id].relay)
  const entry = (site: SiteId) => running.describe().sites.find((s) => s.id === site)!
  /** No file may grow beyond its first byte, as on a disk without room. `prlimit` is Linux's (prlimit(1)). */
  const limitFiles = (site: SiteId, size: string) =>
    execFileSync('prlimit', ['--pid', String(entry(site).pid.homeserver), `--fsize=${size}:`])

  return {
    ...serversOf(data, running),
    sites,
    monitors,
    workplace,
    page: async (monitor) => (await fetch(relayOf(monitor), { signal: AbortSignal.timeout(5000) })).text(),
    async status(monitor) {
      const answer = await fetch(`${relayOf(monitor)}/v1/status`, { signal: AbortSignal.timeout(5000) }).catch(
        () => null,
      )
      return answer && v.parse(statusSchema, await answer.json())
    },
    set(fault, place, of = monitors) {
      for (const id of of) networks[id].proxy.set(fault, `${HOST}:${places[place]}`)
    },
    cutFederation: () => federation.set({ kind: 'blackhole' }),
    async heal() {
      for (const { proxy } of all) proxy.heal()
      await workplace.heal()
      federation.heal()
      present('good')
    },
    present,
    fillDisk: (site) => void limitFiles(site, '1'),
    emptyDisk: (site) => void limitFiles(site, 'unlimited'),
    async killWebHost() {
      await web?.stop()
      web = null
    },
    async setFailover(failover) {
      for (const site of sites) {
        const name = join(data, site, 'notanker.json')
        const file = JSON.parse(await readFile(name, 'utf8')) as Deployment
        await writeFile(name, JSON.stringify({ ...file, serial: file.serial + 1, failover }))
        await running.kill(site, 'relay')
        await running.start(site)
      }
    },
    async rounds(of) {
      const looks = (id: MonitorId) => networks[id].proxy.answers().length
      const before = new Map(of.map((id) => [id, looks(id)]))
      await waitFor('some rounds of the monitors', () =>
        of.every((id) => looks(id) - before.get(id)! >= SEVERAL_ROUNDS),
      )
    },
    async stop() {
      await running.stop()
      await web?.stop()
      await clear()
    },
  }
}
