/** What a relay beside a homeserver does more than a witness: bot, pushes, answers, failover. Joined here, started by `relay.ts`. */
import type { DatabaseSync } from 'node:sqlite'
import type { Alert } from '../core/alert.ts'
import type { Deployment } from '../core/deployment.ts'
import type { SiteId } from '../core/ids.ts'
import { haveCaughtUp } from './answers/caught-up.ts'
import { createCollector } from './answers/collector.ts'
import { createTallyWriter } from './answers/tally-writer.ts'
import { startBot } from './bot/bot.ts'
import { createMemory } from './bot/memory.ts'
import type { Clock } from './clock.ts'
import type { SiteConfig } from './config.ts'
import { sqliteRegister } from './devices/sqlite.ts'
import { createNudge } from './failover/nudge.ts'
import { createSpeaker } from './failover/speaker.ts'
import { Homeserver } from './homeserver.ts'
import type { AppPorts } from './http/app.ts'
import { openIdChecker } from './http/openid.ts'
import { reasonOf, type Log } from './log.ts'
import type { Monitor } from './monitor/monitor.ts'
import { createDispatch } from './push/dispatch.ts'
import { webPush } from './push/post.ts'
import { createSender } from './push/sender.ts'
import { sentLog } from './push/sent-log.ts'
import { createRoundTrip, type RoundTrip } from './monitor/round-trip.ts'
import { proposalAlert } from '../core/proposal.ts'
import type { RelayStatus } from '../core/relay.ts'
import { epochOf } from './store.ts'

export interface Site {
  http: NonNullable<AppPorts['site']>
  epoch(): number
  sent(): string[]
  /** The declared one; without a declaration the first of the file; null while the rooms are not known yet. */
  active(): Pick<RelayStatus, 'active_site' | 'active_since' | 'exercise'>
  /** The round trip at the homeserver beside this relay. */
  roundTrip: RoundTrip
  /** After each round of the monitor; `returned` are sites that have come back. */
  afterRound(returned: SiteId[]): void
  stop(): Promise<void>
}

interface Ports {
  self: SiteId
  config: SiteConfig
  behindProxy: boolean
  deployment: () => Deployment
  monitor: Pick<Monitor, 'sites' | 'verdict' | 'peer'>
  db: DatabaseSync
  clock: Clock
  log: Log
}

/** Posts to push services at the same time. */
const WIDTH = 50
/** After a site's return its events come in for a while; then the past is read once more, ms. */
const REREAD = 15_000

export function startSite({ self, config, behindProxy, deployment, monitor, db, clock, log }: Ports): Site {
  const { now } = clock
  const homeserver = new Homeserver(config.homeserver, config.bot.token)
  const memory = createMemory(deployment)
  const register = sqliteRegister(db)
  const sent = sentLog(db)
  const { pushHosts, vapid, sessionKey, patience } = config
  const post = webPush({ vapid, pushHosts, now })
  const forget = (device: { id: string; device: { subscription: { endpoint: string } } }) =>
    register.forget(device.id, device.device.subscription.endpoint)
  const sender = createSender({ post, forget, clock, random: Math.random, width: WIDTH, log })
  /** What rings: the alerts of the agency's rooms, and to the crisis team the proposal of a failover. */
  function alerts(): Alert[] {
    const proposal = memory.proposal()
    const proposed = proposal && proposalAlert(deployment(), proposal)
    return proposed ? [...memory.alerts(), proposed] : memory.alerts()
  }
  const dispatch = createDispatch({
    self,
    patience,
    deployment,
    knowledge: { alerts, audience: memory.audience },
    peer: monitor.peer,
    sent,
    devices: register,
    sender,
    clock,
    log,
  })
  const writer = createTallyWriter({ knowledge: memory, homeserver, clock, log })
  const complete = () => bot.live() && haveCaughtUp(monitor.sites(), now())
  const collector = createCollector({ knowledge: memory, writer, complete, clock })
  const { sites, peer } = monitor
  const speaker = createSpeaker({ self, deployment, knowledge: memory, homeserver, sites, peer, now, log })
  const roundTrip = createRoundTrip({ homeserver, user: config.bot.user, clock })
  const epoch = epochOf(db)
  const rooms = () => [deployment().space, ...memory.rooms().map((r) => r.id)]
  const nudge = createNudge({ self, rooms, epoch: () => epoch, homeserver, now, log })

  /** Duty needs to know what the other relays have sent, so nothing is decided before the first round. */
  let looked = false
  let cancelReread = () => {}

  const bot = startBot({
    homeserver,
    user: config.bot.user,
    deployment,
    memory,
    clock,
    log,
    heard: roundTrip.heard,
    changed() {
      collector.changed()
      if (looked) dispatch.consider()
    },
    back: () => nudge.touch(),
  })

  function reread(): void {
    bot.reread().catch((error: unknown) => log.warn({ reason: reasonOf(error) }, 'the past could not be read again'))
  }

  /** Not awaited by the rounds: a homeserver that hangs must not stop the watching. */
  let speaking: Promise<void> | null = null
  async function speak(): Promise<void> {
    try {
      await speaker.speak(monitor.verdict())
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'failover is not complete; goes on in the next round')
    }
  }

  return {
    http: {
      deployment,
      register,
      post,
      pushHosts,
      sessionKey,
      collector,
      check: openIdChecker(deployment, now),
      behindProxy,
      now,
    },
    epoch: () => epoch,
    sent: () => sent.list(now()),
    active() {
      if (!memory.hasSpace()) return { active_site: null, active_since: null, exercise: false }
      const declared = memory.activeSite()
      const site = declared?.site ?? deployment().sites[0]!.id
      return { active_site: site, active_since: declared?.since ?? null, exercise: declared?.status === 'Exercise' }
    },
    roundTrip,
    afterRound(returned) {
      looked = true
      sent.forget(now())
      if (returned.length) {
        if (bot.live()) nudge.touch()
        cancelReread()
        cancelReread = clock.after(REREAD, reread)
      }
      if (!bot.live()) return
      dispatch.consider()
      speaking ??= speak().finally(() => (speaking = null))
    },
    async stop() {
      cancelReread()
      await bot.stop()
      await dispatch.stop()
      await Promise.all([speaking, writer.stop(), sender.stop(), nudge.stop()])
    },
  }
}
