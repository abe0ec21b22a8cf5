/** What a relay beside a homeserver does more than a witness: bot, pushes, answers, failover. Joined here, started by `relay.ts`. */
import type { DatabaseSync } from 'node:sqlite'
import type { Alert } from '../core/alert.ts'
import type { Deployment } from '../core/deployment.ts'
import type { SiteId } from '../core/ids.ts'
import { createAlarms } from './alarms/alarms.ts'
import { lastSeenRooms } from './alarms/last-seen.ts'
import { haveCaughtUp } from './answers/caught-up.ts'
import { createCollector } from './answers/collector.ts'
import { createTallyWriter } from './answers/tally-writer.ts'
import { startBot } from './bot/bot.ts'
import { heartbeatStore, startHeartbeat } from './bot/heartbeat.ts'
import { createMemory } from './bot/memory.ts'
import type { Clock } from './clock.ts'
import type { SiteConfig } from './config.ts'
import { watchKeys } from './devices/keys-in-use.ts'
import { createLeavers, restoreLog } from './devices/leavers.ts'
import { remind } from './devices/remind.ts'
import { rememberEnded } from './devices/ended.ts'
import { sqliteRegister } from './devices/sqlite.ts'
import { dayLog, removeUnseen } from './devices/unseen.ts'
import { createNudge } from './failover/nudge.ts'
import { createSpeaker } from './failover/speaker.ts'
import { Homeserver } from './homeserver.ts'
import type { AppPorts } from './http/app.ts'
import { openIdChecker } from './http/openid.ts'
import { reasonOf, type Log } from './log.ts'
import type { Monitor } from './monitor/monitor.ts'
import { createDispatch } from './push/dispatch.ts'
import { createEscalation } from './push/escalation.ts'
import { webPush } from './push/post.ts'
import { createRoomBell } from './push/room-bell.ts'
import { createSender } from './push/sender.ts'
import { reachLog } from './push/reach-log.ts'
import { sentLog } from './push/sent-log.ts'
import { webhook } from './push/webhook.ts'
import { createRoundTrip, type RoundTrip } from './monitor/round-trip.ts'
import { proposalAlert } from '../core/proposal.ts'
import type { RelayStatus } from '../core/relay.ts'
import { repeat } from './repeat.ts'

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
  monitor: Pick<Monitor, 'sites' | 'verdict' | 'peer' | 'peers'>
  db: DatabaseSync
  clock: Clock
  log: Log
}

/** Posts to one push service at the same time. */
const WIDTH = 50
/** After a site's return its events come in for a while; then the past is read once more, ms. */
const REREAD = 15_000
/** How often it is looked who has to be reminded, and what must not be kept any longer, ms. */
const HOURLY = 3600_000

export function startSite({ self, config, behindProxy, deployment, monitor, db, clock, log }: Ports): Site {
  const { now } = clock
  const homeserver = new Homeserver(config.homeserver, config.bot.token)
  const lastSeen = lastSeenRooms(db, deployment)
  const memory = createMemory(deployment, (room) => lastSeen.of(room)?.people ?? null)
  const register = rememberEnded(sqliteRegister(db))
  const sent = sentLog(db)
  const reach = reachLog(db)
  const { pushHosts, vapid, sessionKey, patience, schedules } = config
  const { post, close } = webPush({ vapid, pushHosts, now })
  const forget = (device: { id: string; device: { subscription: { endpoint: string } } }) =>
    register.forget(device.id, device.device.subscription.endpoint)
  const sender = createSender({ post, forget, clock, random: Math.random, width: WIDTH, log })
  /** What rings: the alerts of the agency's rooms, and to the crisis team the proposal of a failover. */
  function alerts(): Alert[] {
    const proposal = memory.proposal()
    const proposed = proposal && proposalAlert(deployment(), proposal)
    return proposed ? [...memory.alerts(), proposed] : memory.alerts()
  }
  const writer = createTallyWriter({ knowledge: memory, homeserver, clock, log })
  const complete = () => bot.live() && haveCaughtUp(monitor.sites(), now())
  const collector = createCollector({ knowledge: memory, writer, complete, clock })
  const { sites, verdict, peer, peers } = monitor
  const knowledge = { alerts, audience: memory.audience, answered: memory.answered }
  const ringing = { self, patience, deployment, peer, knowledge, schedules, sent, devices: register, clock, log }
  const dispatch = createDispatch({ ...ringing, sender, reach })
  const call = config.webhook && webhook(config.webhook, now)
  const escalation = call && createEscalation({ ...ringing, call, random: Math.random })
  const roomBell = createRoomBell({
    self,
    deployment,
    active,
    knowledge: memory,
    devices: register,
    sender,
    clock,
    log,
  })
  function considerAlerts(): void {
    dispatch.consider()
    escalation?.consider()
  }
  const alarms = createAlarms({
    self,
    deployment,
    db,
    lastSeen,
    memory,
    sites,
    peers,
    sent,
    ring: considerAlerts,
    now,
    log,
  })
  const speaker = createSpeaker({ self, deployment, knowledge: memory, homeserver, sites, verdict, peer, now, log })
  const roundTrip = createRoundTrip({ homeserver, user: config.bot.user, listens: () => bot.listens(), clock })
  const rooms = () => [deployment().space, ...memory.rooms().map((r) => r.id)]
  const restores = restoreLog(db)
  const leavers = createLeavers({ deployment, knowledge: memory, complete, restores, homeserver, register, clock, log })
  const heartbeat = startHeartbeat({
    homeserver,
    user: config.bot.user,
    store: heartbeatStore(db, config.bot.user),
    clock,
    log,
    raised() {
      restores.note(now())
      memory.doubtRegistered()
      nudge.touch()
    },
  })
  const nudge = createNudge({ self, rooms, epoch: heartbeat.epoch, homeserver, now, log })

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
    heartbeat,
    heard: roundTrip.heard,
    came: roomBell.heard,
    changed() {
      lastSeen.note(memory)
      collector.changed()
      leavers.consider()
      if (looked) considerAlerts()
    },
    // Before its first look a relay whose file was lost does not know the epoch.
    back: () => void heartbeat.looked.then(nudge.touch),
  })

  function active(): ReturnType<Site['active']> {
    if (!memory.hasSpace()) return { active_site: null, active_since: null, exercise: false }
    const declared = memory.activeSite()?.declared
    const site = declared?.site ?? deployment().sites[0]!.id
    return { active_site: site, active_since: declared?.since ?? null, exercise: declared?.status === 'Exercise' }
  }
  const reminders = { self, deployment, active: () => active().active_site, register, post, now, log }
  const reminding = repeat(clock, HOURLY, () => remind(reminders), log)

  const unseen = { register, days: dayLog(db), keep: config.keepDays, now, log }
  const countKeys = watchKeys({ register, keys: vapid.keys, log })
  const tidying = repeat(
    clock,
    HOURLY,
    async () => {
      alarms.forget(now())
      await removeUnseen(unseen)
      await leavers.look()
      await countKeys()
    },
    log,
  )

  function reread(): void {
    bot.reread().catch((error: unknown) => log.warn({ reason: reasonOf(error) }, 'the past could not be read again'))
  }

  /** Not awaited by the rounds: a homeserver that hangs must not stop the watching. */
  let speaking: Promise<void> | null = null
  async function speak(): Promise<void> {
    try {
      await speaker.speak()
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'failover is not complete; goes on in the next round')
    }
  }

  return {
    http: {
      deployment,
      register,
      registered: dispatch.registered,
      knowledge: { ...memory, alerts },
      sent,
      reach,
      leavers,
      post,
      pushHosts,
      sessionKey,
      collector,
      alarms,
      check: openIdChecker(deployment, now),
      behindProxy,
      now,
    },
    epoch: heartbeat.epoch,
    sent: () => sent.list(now()),
    active,
    roundTrip,
    afterRound(returned) {
      looked = true
      sent.forget(now())
      reach.forget(now())
      if (returned.length) {
        if (bot.live()) nudge.touch()
        cancelReread()
        cancelReread = clock.after(REREAD, reread)
      }
      // What a relay knows that has heard from no homeserver yet is what it has kept (LAST-3).
      if (bot.live() || !memory.hasSpace()) considerAlerts()
      if (!bot.live()) return speaker.pause()
      speaking ??= speak().finally(() => (speaking = null))
    },
    async stop() {
      cancelReread()
      await Promise.all([reminding.stop(), tidying.stop(), leavers.stop()])
      await bot.stop()
      await Promise.all([dispatch.stop(), escalation?.stop(), roomBell.stop()])
      await Promise.all([speaking, writer.stop(), sender.stop(), nudge.stop(), heartbeat.stop()])
      await close()
    },
  }
}
