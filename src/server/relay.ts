/** One relay or witness: builds its parts, joins them, starts and stops them. The only file that knows all of them. */
import { mkdirSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { siteById } from '../core/deployment.ts'
import type { RelayStatus } from '../core/relay.ts'
import { systemClock } from './clock.ts'
import type { RelayConfig } from './config.ts'
import { openDeployment } from './deployment-file.ts'
import { createApp } from './http/app.ts'
import { createLog, reasonOf } from './log.ts'
import { createMonitor } from './monitor/monitor.ts'
import { httpProbes } from './monitor/probe.ts'
import { repeat } from './repeat.ts'
import { Trouble } from './trouble.ts'

export interface Relay {
  stop(): Promise<void>
}

/** Starts a relay. Throws Trouble when it cannot start; afterwards it lives through whatever its homeserver does. */
export async function startRelay(config: RelayConfig): Promise<Relay> {
  const clock = systemClock
  const log = createLog(config.id)
  mkdirSync(config.data, { recursive: true, mode: 0o700 })
  const file = openDeployment(config.deployment, clock, log)
  const deployment = file.current
  if (config.site && !siteById(deployment(), config.id))
    throw new Trouble(`id: the deployment file has no site "${config.id}"`)

  const monitor = createMonitor({
    self: config.id,
    deployment,
    thresholds: config.monitor,
    probes: httpProbes,
    now: clock.now,
  })
  const status = (): RelayStatus => ({
    v: 1,
    relay: config.id,
    at: clock.now(),
    epoch: 0,
    sites: monitor.sites(),
    verdict: monitor.verdict(),
    active_site: null,
    sent: [],
  })
  const healthy = () => !config.site || monitor.sites()[config.id]?.checks.homeserver === true
  const app = createApp({ deployment, status, healthy, log })

  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, ...config.listen }, () => resolve(server))
    server.once('error', (cause) => reject(new Trouble(`listen: ${reasonOf(cause)}`, cause)))
  })
  const rounds = repeat(clock, config.monitor.interval, async () => void (await monitor.round()), log)
  log.info({ listen: config.listen, witness: !config.site }, 'relay is up')

  return {
    async stop() {
      await rounds.stop()
      file.stop()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      log.info('relay has stopped')
    },
  }
}
