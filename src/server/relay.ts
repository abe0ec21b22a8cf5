/** One relay or witness: builds its parts, joins them, starts and stops them. */
import { mkdirSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { siteById, type Deployment } from '../core/deployment.ts'
import type { RelayStatus } from '../core/relay.ts'
import { systemClock as clock } from './clock.ts'
import type { RelayConfig } from './config.ts'
import { openDeployment } from './deployment-file.ts'
import { createApp } from './http/app.ts'
import { createLog, reasonOf, type Log } from './log.ts'
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

/** Says what does not fit together. Throws Trouble for what cannot work at all. */
function check({ id, site }: RelayConfig, deployment: Deployment, log: Log): void {
  if (!site) return
  const own = siteById(deployment, id)
  if (!own) throw new Trouble(`id: the deployment file has no site "${id}"`)
  if (own.bot !== site.bot.user)
    log.warn(
      { file: own.bot, relay: site.bot.user },
      'the deployment file names another bot: this one counts as a person',
    )
  if (deployment.vapid_public_key !== site.vapid.publicKey)
    log.warn({}, 'the deployment file has another VAPID key: push services will refuse this relay')
  if (deployment.failover.mode === 'automatic' && deployment.monitors.length < 3)
    log.warn({}, 'automatic failover needs three monitors; nothing will be declared')
}

/** Starts a relay. Throws Trouble when it cannot start; afterwards it lives through whatever its homeserver does. */
export async function startRelay(config: RelayConfig, log: Log = createLog(config.id)): Promise<Relay> {
  mkdirSync(config.data, { recursive: true, mode: 0o700 })
  const file = openDeployment(config.deployment, clock, log)
  const deployment = file.current
  check(config, deployment(), log)
  const { id: self, behindProxy } = config
  const monitor = createMonitor({ self, deployment, thresholds: config.monitor, probes: httpProbes, now: clock.now })
  const db = config.site ? openStore(config.data) : null
  const site =
    config.site && db
      ? startSite({ self, config: config.site, behindProxy, deployment, monitor, db, clock, log })
      : null

  const status = (): RelayStatus => ({
    v: 1,
    relay: self,
    at: clock.now(),
    epoch: site?.epoch() ?? 0,
    sites: monitor.sites(),
    verdict: monitor.verdict(),
    active_site: site?.activeSite() ?? null,
    sent: site?.sent() ?? [],
  })
  const healthy = () => !site || monitor.sites()[self]?.checks.homeserver === true
  const app = createApp({ deployment, status, healthy, log, site: site?.http ?? null })

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
      await site?.stop()
      if ('closeIdleConnections' in server) server.closeIdleConnections()
      await closed
      db?.close()
      log.info({}, 'relay has stopped')
    },
  }
}
