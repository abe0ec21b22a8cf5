/** Relays that speak, on one fake homeserver that stands for all sites. */
import * as v from 'valibot'
import type { Deployment } from '../../src/core/deployment.ts'
import { statusSchema } from '../../src/core/relay.ts'
import type { Verdict } from '../../src/core/verdict.ts'
import { startBot, type Bot } from '../../src/server/bot/bot.ts'
import { createMemory } from '../../src/server/bot/memory.ts'
import { createSpeaker } from '../../src/server/failover/speaker.ts'
import { HomeserverError } from '../../src/server/homeserver.ts'
import { ALL, bot, deploymentOf, foundAgency, silentLog, UNIT } from './agency.ts'
import { FakeHomeserver, type HomeserverPort } from './homeserver.ts'
import { ManualClock, settled } from './manual-clock.ts'

export const A_DOWN: Record<string, Verdict> = { a: 'down', b: 'up' }
export const BOTH_UP: Record<string, Verdict> = { a: 'up', b: 'up' }

const running: Bot[] = []
export async function stopBots(): Promise<void> {
  await Promise.all(running.splice(0).map((b) => b.stop()))
}

export const refused = () => {
  throw new HomeserverError('PUT', 502, {})
}

export function speakerWorld(deployment: Deployment = deploymentOf()) {
  const clock = new ManualClock()
  const hs = new FakeHomeserver(clock.now)
  foundAgency(hs)
  /** Relays and witnesses that the others can read. */
  const alive = new Set<string>()
  const sites = (up: boolean) => ({ a: { up, since: 5, checks: { homeserver: up, relay: up }, unsteady: false } })
  const peer = (relay: string) => {
    const status = { v: 1, relay, at: 0, epoch: 0, sites: sites(false), verdict: {}, active_site: 'a', sent: [] }
    return alive.has(relay) ? v.parse(statusSchema, status) : null
  }
  const warnings: unknown[] = []
  const log = { ...silentLog, warn: (fields: unknown) => void warnings.push(fields) }
  /** A relay with its own bot and memory; `started` again after a crash. */
  async function start(self = 'b', wrap: (port: HomeserverPort) => HomeserverPort = (port) => port) {
    const knowledge = createMemory(() => deployment)
    const homeserver = wrap(hs.as(bot(self)))
    const common = { homeserver, deployment: () => deployment, log }
    const changed = () => {}
    running.push(startBot({ ...common, user: bot(self), memory: knowledge, clock, changed, back: changed }))
    await settled()
    const ports = { ...common, self, knowledge, now: clock.now, sites: () => sites(false), peer }
    return { ...createSpeaker(ports), knowledge }
  }
  const declarations = () => [ALL, UNIT].map((room) => hs.of(room, 'de.notanker.active_site').at(-1)!.content)
  const alerts = () =>
    hs.events.flatMap((e) => {
      const content = e.content['de.notanker.alert']
      return content ? [{ room: e.room_id, alert: content as Record<string, unknown>, event: e }] : []
    })
  return { hs, clock, start, alive, declarations, alerts, warnings }
}
