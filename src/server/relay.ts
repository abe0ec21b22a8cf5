/** One relay or witness: builds its parts, joins them, starts and stops them. */
import { mkdirSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { siteById, type Deployment } from '../core/deployment.ts'
import { unfollowable, unsound } from '../core/deployment-change.ts'
import type { RelayStatus } from '../core/relay.ts'
import { systemClock as clock } from './clock.ts'
import type { RelayConfig, SiteConfig } from './config.ts'
import { openDeployment, type Refuse } from './deployment-file.ts'
import { createApp } from './http/app.ts'
import { createLog, reasonOf, type Log } from './log.ts'
import { checksOf, createChecks } from './monitor/checks.ts'
import { createMonitor } from './monitor/monitor.ts'
import { httpProbes } from './monitor/probe.ts'
import { repeat } from './repeat.ts'
import { startSite } from './site.ts'
import { openStore } from './store.ts'
import { Trouble } from './trouble.ts'

export interface Relay {
  /** Where it listens; the port is the one that was given by the system where `listen` said 0. */
  port: number
  stop(): Promise<void>
}

/** Why this relay cannot follow a deployment file; null: it can. */
export function refusal({ id, site }: Pick<RelayConfig, 'id' | 'site'>, next: Deployment): string | null {
  if (site && !siteById(next, id)) return `sites: this relay's "${id}" is not among them`
  if (!site && !next.monitors.some((m) => m.id === id)) return `monitors: this witness "${id}" is not among them`
  return unsound(next)
}

/** Says what does not fit together and yet works somehow. */
function warn({ id, site }: RelayConfig, deployment: Deployment, log: Log): void {
  if (!site) return
  const own = siteById(deployment, id)
  if (own?.bot !== site.bot.user)
    log.warn(
      { file: own?.bot, relay: site.bot.user },
      'the deployment file names another bot: this one counts as a person',
    )
  if (!holdsKey(site, deployment))
    log.error({}, 'the deployment file names no VAPID key that this relay has: phones that subscribe do not ring')
}

/** Whether this relay can ring phones that subscribe by this file. */
const holdsKey = ({ vapid }: SiteConfig, { vapid_public_key }: Deployment): boolean =>
  vapid.keys.some((key) => key.publicKey === vapid_public_key)

/**
 * Why this relay must not take the place of the file it follows; null: it may. A file that it finds at its start is another
 * matter: then ringing those that can be rung is more than ringing nobody.
 */
export function keyless({ site }: Pick<RelayConfig, 'site'>, next: Deployment): string | null {
  if (!site || next.vapid_public_key === undefined || holdsKey(site, next)) return null
  return 'vapid_public_key: not among the keys of this relay, so phones that take it would not ring: give it to every relay first'
}

/** Starts a relay. Throws Trouble when it cannot start; afterwards it lives through whatever its homeserver does. */
export async function startRelay(config: RelayConfig, log: Log = createLog(config.id)): Promise<Relay> {
  mkdirSync(config.data, { recursive: true, mode: 0o700 })
  const { id: self, behindProxy } = config
  const answers = () => Object.fromEntries(Object.entries(monitor.sites()).map(([id, { up }]) => [id, up]))
  const refuse: Refuse = (next, current) =>
    refusal(config, next) ?? (current && (keyless(config, next) ?? unfollowable(current, next, answers())))
  const file = openDeployment(config.deployment, refuse, clock, log)
  const deployment = file.current
  warn(config, deployment(), log)
  const monitor = createMonitor({
    self,
    deployment,
    thresholds: config.monitor,
    probes: httpProbes,
    ownRoundTrip: () => checks.observed().find((o) => o.kind === 'round_trip')?.ok ?? null,
    now: clock.now,
  })
  const db = config.site ? openStore(config.data) : null
  const site =
    config.site && db
      ? startSite({ self, config: config.site, behindProxy, deployment, monitor, db, clock, log })
      : null

  const checks = createChecks(() => {
    const all = checksOf(deployment(), config.services, config.checks, clock.now)
    if (!site) return all
    const { look } = site.roundTrip
    return [{ id: `${self}/round_trip`, kind: 'round_trip', site: self, pace: config.checks, look }, ...all]
  }, clock.now)

  const status = (): RelayStatus => ({
    v: 1,
    relay: self,
    at: clock.now(),
    epoch: site?.epoch() ?? 0,
    sites: monitor.sites(),
    verdict: monitor.verdict(),
    ...(site?.active() ?? { active_site: null, active_since: null, exercise: false }),
    sent: site?.sent() ?? [],
    observed: [...monitor.observed(), ...checks.observed()],
    serial: deployment().serial,
    refused_file: file.refused(),
  })
  const healthy = () => !site || monitor.sites()[self]?.checks.homeserver === true
  const app = createApp({ deployment, status, peers: monitor.peers, healthy, log, site: site?.http ?? null })

  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, ...config.listen }, () => resolve(server))
    server.once('error', (cause) => reject(new Trouble(`listen: ${reasonOf(cause)}`, cause)))
  }).catch(async (error: unknown) => {
    file.stop()
    await site?.stop()
    throw error
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : config.listen.port

  async function round(): Promise<void> {
    const before = monitor.verdict()
    checks.round()
    const { returned } = await monitor.round()
    const after = monitor.verdict()
    if (JSON.stringify(before) !== JSON.stringify(after)) log.info({ verdict: after }, 'verdict')
    site?.afterRound(returned)
  }
  const rounds = repeat(clock, config.monitor.interval, round, log)
  log.info({ hostname: config.listen.hostname, port, witness: !site }, 'relay is up')

  return {
    port,
    async stop() {
      file.stop()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await rounds.stop()
      await checks.settle()
      await site?.stop()
      if ('closeIdleConnections' in server) server.closeIdleConnections()
      await closed
      db?.close()
      log.info({}, 'relay has stopped')
    },
  }
}
