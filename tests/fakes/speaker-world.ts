/** Relays that speak, on one fake homeserver that stands for all sites. */
import * as v from 'valibot'
import type { Deployment } from '../../src/core/deployment.ts'
import { statusSchema } from '../../src/core/relay.ts'
import type { Verdict } from '../../src/core/verdict.ts'
import { startBot, type Bot } from '../../src/server/bot/bot.ts'
import { createMemory } from '../../src/server/bot/memory.ts'
import { createSpeaker } from '../../src/server/failover/speaker.ts'
import { HomeserverError } from '../../src/server/homeserver.ts'
import { ALL, bot, deploymentOf, foundAgency, LAGE, silentLog, UNIT } from './agency.ts'
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
  /** When every monitor has seen A fall, ms. */
  const fell = { at: 5 }
  const sites = (up: boolean) => ({ a: { up, since: fell.at, checks: { homeserver: up, relay: up }, unsteady: false } })
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
    const heartbeat = { epoch: () => 0, wentBack: () => {} }
    running.push(startBot({ ...common, user: bot(self), memory: knowledge, clock, heartbeat, changed, back: changed }))
    await settled()
    let seen = BOTH_UP
    const ports = { ...common, self, knowledge, now: clock.now, sites: () => sites(false), verdict: () => seen, peer }
    const speaker = createSpeaker(ports)
    const speak = (verdict: typeof seen) => {
      seen = verdict
      return speaker.speak()
    }
    return { speak, pause: speaker.pause, knowledge }
  }
  const declarations = () => [ALL, UNIT].map((room) => hs.of(room, 'de.notanker.active_site').at(-1)!.content)
  const alerts = () =>
    hs.events.flatMap((e) => {
      const content = e.content['de.notanker.alert']
      return content ? [{ room: e.room_id, alert: content as Record<string, unknown>, event: e }] : []
    })
  return { hs, clock, start, alive, fell, declarations, alerts, warnings }
}

export type SpeakerWorld = ReturnType<typeof speakerWorld>

/** Where relays propose, and wait a minute for a manager. */
export const asking = (more: object = {}) =>
  speakerWorld(deploymentOf(['a', 'b'], { failover: { mode: 'confirm', confirm_within_s: 60, ...more } }))

export const CHIEF = '@chief:a.example' as const
/** A manager writes a declaration into the room of all staff. */
export const declare = ({ hs, clock }: SpeakerWorld, content: object, type = 'de.notanker.active_site') =>
  hs.add(ALL, CHIEF, type, { v: 1, from: 'a', site: 'b', since: clock.now(), by: 'manager', ...content }, '')

export const proposals = ({ hs }: SpeakerWorld) => hs.of(LAGE, 'de.notanker.proposal').map((e) => e.content)

export async function rounds(
  speaker: Awaited<ReturnType<SpeakerWorld['start']>>,
  verdict: typeof A_DOWN,
  count = 2,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await speaker.speak(verdict)
    await settled()
  }
}
