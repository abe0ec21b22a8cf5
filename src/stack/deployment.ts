/**
 * A whole deployment on this machine: federated Synapses, two if not asked for three, a relay beside each, a witness, the web host.
 * The demo and the integration and end-to-end tests stand on the same one.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Deployment } from '../core/deployment.ts'
import { writeKeys } from '../server/keys.ts'
import { loadPlan } from '../server/provision/index.ts'
import { Trouble } from '../server/trouble.ts'
import { ensureBuilt } from './build.ts'
import { accountEntries, createRecord, siteEntry, type DemoFile, type Step } from './demo-file.ts'
import { deploymentOf, writeDeployment } from './deployment-file.ts'
import { keepPasswords } from './passwords.ts'
import { DIST, PLAN } from './paths.ts'
import { claimPorts, HIGHEST_BASE, SITE_IDS, type DemoSiteId, type Ports } from './ports.ts'
import { openProcesses, type Processes } from './processes.ts'
import { ensureProvisioned } from './provisioning.ts'
import type { Checks, Monitor, PushSettings, Service } from './relay-process.ts'
import type { PartName, Site, SiteState } from './site.ts'
import { startRelays, startSite, type Place } from './sites.ts'
import { ensureSynapse } from './synapse-install.ts'
import { createWebApp, startWebHost } from './web-host.ts'
import { writeWhole } from './write-file.ts'

export interface DeploymentOptions {
  /** The folder of everything that is kept. */
  data: string
  /** Port of the app; all others follow from it. A folder keeps its port: without one, that of last time, else 8080. */
  port?: number
  /** How many sites there are; without it, two. */
  sites?: 2 | 3
  /** Forgets what a former run has kept in the folder. */
  fresh?: boolean
  monitor?: Monitor
  checks?: Checks
  /** What every monitor looks at besides. */
  services?: Service[]
  push?: PushSettings
  /** Added to the environment of the relays. */
  extraEnv?: Record<string, string>
  failover?: Deployment['failover']
  /** Serves the app, and builds it first where that is needed. */
  withApp?: boolean
  /** The folder of another build of the app, which is served as it is. */
  app?: string
  /** Without them there are only the homeservers. */
  relays?: boolean
  plan?: string
  /** The deployment file as phones get it from the web host: tests put fault proxies into it. */
  forPhones?: (file: Deployment) => Deployment
  /** The deployment file as a relay or witness gets it, for the same reason: each has a network of its own. */
  forRelays?: (file: Deployment, monitor: string) => Deployment
  /** Where the others reach a site's homeserver, which is named after it: a port that leads to its own. */
  federation?: Partial<Record<DemoSiteId, number>>
  log?: (line: string) => void
}

export interface RunningDeployment {
  readonly dir: string
  readonly ports: Ports
  readonly deployment: Deployment
  /** What `demo.json` says now. */
  describe(): DemoFile
  state(site: DemoSiteId): SiteState
  /** SIGKILL to homeserver and relay of the site, or to one of them. */
  kill(site: DemoSiteId, part?: PartName): Promise<void>
  /** Brings back whatever of the site is dead or frozen, or one part of it; returns when it answers. */
  start(site: DemoSiteId, part?: PartName): Promise<void>
  freeze(site: DemoSiteId): Promise<void>
  thaw(site: DemoSiteId): Promise<void>
  /** Ends every process; the folder stays. */
  stop(): Promise<void>
}

/** A site that is killed again and again is to be back soon: failover is there to be watched. */
const DAMPING = { falls: 3, window: 60_000, hold: 10_000 }
const MONITOR: Monitor = { interval: 1000, misses: 3, recovers: 5, damping: DAMPING }
const DEFAULT_PORT = 8080
/** Everything but the sites' folders that we ever write into the folder: it may be somebody's home, so nothing else is removed. */
const KEPT = ['witness', 'keys', 'notanker.json', 'provisioned.json', 'demo.json', 'port']

/** The port that the folder's servers are named after. */
async function choosePort(dir: string, asked: number | undefined): Promise<number> {
  const kept = Number(await readFile(join(dir, 'port'), 'utf8').catch(() => NaN))
  const port = asked ?? (kept || DEFAULT_PORT)
  if (!Number.isInteger(port) || port < 1 || port > HIGHEST_BASE)
    throw new Trouble(`Port ${port} is not possible: choose one from 1 to ${HIGHEST_BASE}.`)
  if (kept && kept !== port)
    throw new Trouble(
      `The servers in ${dir} are named after port ${kept}: use --port ${kept}, another --data, or --fresh.`,
    )
  return port
}

/** Starts everything and returns when everything answers. Throws Trouble, and leaves no process then. */
export async function startDeployment(options: DeploymentOptions): Promise<RunningDeployment> {
  const dir = resolve(options.data)
  await mkdir(dir, { recursive: true }).catch((cause: unknown) => {
    throw new Trouble(`The folder ${dir} cannot be made: choose another one with --data.`, cause)
  })
  const processes = await openProcesses(dir)
  try {
    return await bringUp(dir, processes, options)
  } catch (error) {
    await processes.close()
    throw error
  }
}

async function bringUp(dir: string, processes: Processes, options: DeploymentOptions): Promise<RunningDeployment> {
  const { log = () => {}, withApp = true, relays = true } = options
  const steps: Step[] = []
  const step = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const start = performance.now()
    const result = await act()
    const ms = Math.round(performance.now() - start)
    steps.push({ name, ms })
    log(`${name}: ${(ms / 1000).toFixed(1)} s`)
    return result
  }

  const ids = SITE_IDS.slice(0, options.sites ?? 2)
  const forget = (name: string) => rm(join(dir, name), { recursive: true, force: true })
  if (options.fresh) await Promise.all([...ids, ...KEPT].map(forget))
  const base = await choosePort(dir, options.port)
  const ports = await claimPorts(base, ids)
  const plan = await loadPlan(options.plan ?? PLAN)
  await writeFile(join(dir, 'port'), `${base}\n`)
  const keys = join(dir, 'keys')
  const { publicKey } = await writeKeys(keys)
  const people = plan.people.map((p) => p.person)
  const passwords = await keepPasswords(join(keys, 'passwords.json'), people)

  const built = withApp && !options.app ? ensureBuilt(log) : Promise.resolve()
  const [python] = await step('install', () => Promise.all([ensureSynapse(log), built]))

  const record = createRecord(join(dir, 'demo.json'), log)
  const place: Place = { dir, keys, ports, processes, changed: record.changed }
  const sites = await step('homeservers', () =>
    Promise.all(ids.map((id) => startSite(place, id, python, options.federation?.[id]))),
  )
  const accounts = sites.map((site) => site.provision)
  const { space, rooms } = await step('provision', () =>
    ensureProvisioned({ dir, keys, plan, sites: accounts, passwords, log }),
  )

  const failover = options.failover ?? { mode: 'automatic' }
  const content = { agency: plan.agency, ports, sites: accounts, space, vapid_public_key: publicKey, failover }
  const file = join(dir, 'notanker.json')
  const deployment = await writeDeployment(file, deploymentOf(content))

  const { monitor = MONITOR, checks, services, push = {}, extraEnv: env = {} } = options
  const { forRelays } = options
  const relayFile = async (id: string): Promise<string> => {
    if (!forRelays) return file
    const own = join(dir, id, 'notanker.json')
    await mkdir(join(dir, id), { recursive: true, mode: 0o700 })
    await writeWhole(own, JSON.stringify(forRelays(deployment, id)), 0o644)
    return own
  }
  const settings = { relayFile, monitor, checks, services, push, env }
  const witness = relays ? await step('relays', () => startRelays(place, sites, settings)) : null

  const forPhones = options.forPhones?.(deployment)
  const text = () => (forPhones ? Promise.resolve(JSON.stringify(forPhones)) : readFile(file, 'utf8'))
  const web = withApp
    ? await step('web host', () => startWebHost(createWebApp(options.app ?? DIST, text), ports.app))
    : null

  const persons = accountEntries(plan, rooms, passwords)
  const describe = (): DemoFile => ({
    v: 1,
    url: deployment.app,
    sites: sites.map(siteEntry),
    witness: { url: `http://localhost:${ports.witness}`, pid: witness?.alive ? witness.pid : null },
    space,
    rooms: rooms.map(({ id, kind, title }) => ({ room_id: id, kind, title })),
    accounts: persons,
    steps,
  })
  await record.begin(describe)

  const siteOf = (id: DemoSiteId) => sites[ids.indexOf(id)]!
  const turns = new Map<DemoSiteId, Promise<void>>()
  /** One thing after the other per site; `demo.json` tells of it before the caller hears. */
  const inTurn = (id: DemoSiteId, act: (site: Site) => Promise<void> | void): Promise<void> => {
    const turn = (turns.get(id) ?? Promise.resolve()).then(() => act(siteOf(id))).then(record.save)
    turns.set(
      id,
      turn.catch(() => {}),
    )
    return turn
  }

  return {
    dir,
    ports,
    deployment,
    describe,
    state: (id) => siteOf(id).state,
    kill: (id, part) => inTurn(id, (site) => site.kill(part)),
    start: (id, part) => inTurn(id, (site) => site.start(part)),
    freeze: (id) => inTurn(id, (site) => site.freeze()),
    thaw: (id) => inTurn(id, (site) => site.thaw()),
    async stop() {
      for (const site of sites) site.expectEnd()
      await web?.stop()
      await processes.close()
      await record.save()
    },
  }
}
