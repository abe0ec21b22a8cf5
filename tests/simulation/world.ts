/** One deterministic world: sites, relays, witness and phones under a schedule, running the core it is given. */
import { TYPE, type RoomEvent } from '../../src/core/event.ts'
import { latestActiveSite, type ActiveSite } from '../../src/core/failover.ts'
import { isTime } from '../../src/core/outbox.ts'
import { alertMessage, type AlertContent } from '../../src/core/alert.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import type { RoomId, SiteId } from '../../src/core/ids.ts'
import { ALERT, alertOf, deploymentOf, PEOPLE, uuidOf } from './agency.ts'
import type { Core } from './core.ts'
import { Network } from './network.ts'
import { Phone } from './phone.ts'
import { randomOf, type Random } from './random.ts'
import { Relay } from './relay.ts'
import { scheduleOf, type Schedule, type Step } from './schedule.ts'
import { Sites, type Site } from './sites.ts'
import { Time } from './time.ts'

export interface Incident {
  replaced: string
  from: SiteId
  to: SiteId
  incident: string
}

/** Longest time that everything is given to come to rest, ms. */
const REST = 900_000

export class World {
  readonly time = new Time()
  readonly random: Random
  readonly schedule: Schedule
  readonly deployment: Deployment
  readonly sites: Sites
  readonly network: Network
  readonly relays: Relay[]
  readonly monitors: Relay[]
  readonly phones: Phone[]
  readonly incidents: Incident[] = []
  readonly pushes: { key: string; relay: string }[] = []
  readonly faults: string[] = []
  readonly core: Core
  private alerts = 0

  constructor(seed: number, core: Core) {
    this.core = core
    this.random = randomOf(seed)
    this.schedule = scheduleOf(this.random)
    this.deployment = deploymentOf(this.schedule.sites, this.schedule.monitors)
    this.sites = new Sites(this.schedule.sites, this.time, this.random)
    this.network = new Network(this.time, this.random)
    this.relays = this.sites.all.map((site) => new Relay(this, site.id, site))
    this.monitors = this.deployment.monitors.map(
      (m) => this.relays.find((r) => r.id === m.id) ?? new Relay(this, m.id, null),
    )
    this.phones = PEOPLE.map((person, i) => new Phone(this, i, person))
  }

  fail(what: string): void {
    this.faults.push(what)
  }

  async run(): Promise<void> {
    const start = this.time.now
    for (const phone of this.phones) phone.start()
    for (const step of this.schedule.steps) this.time.at(start + step.at, () => this.take(step))
    await this.time.runUntil(start + this.schedule.end)
    this.heal()
    // Rest comes after everybody has spoken, and then all lines and monitors have had their say.
    for (let waited = 0; waited < REST && !this.quiet(); waited += 15_000)
      await this.time.runUntil(this.time.now + 15_000)
    this.sites.nudge()
    await this.time.runUntil(this.time.now + 60_000)
  }

  private heal(): void {
    this.sites.cuts.clear()
    this.sites.delay = 300
    this.sites.nudge()
    for (const site of this.sites.all) if (site.state !== 'burnt') site.state = 'up'
    for (const relay of this.monitors) {
      relay.blind = false
      if (!relay.runs) relay.restart()
    }
    for (const phone of this.phones) {
      phone.quality = 'good'
      phone.start()
    }
  }

  /** Everything is taken, and nothing waits to be said or asked again. */
  private quiet(): boolean {
    return this.phones.every(({ now, disk }) =>
      [...disk.items.values()].every(({ delivery: d }) =>
        d.state === 'taken' ? isTime(d.until, now) : d.state === 'withdrawn',
      ),
    )
  }

  private take(step: Step): void {
    switch (step.do) {
      case 'say': {
        const content = { msgtype: 'm.text', body: 'x' }
        return this.write(this.phones[step.phone]!, step.room, content)
      }
      case 'alert': {
        const message = alertMessage(alertOf(uuidOf(0xa1e, this.alerts++), this.time.now), '')
        return this.write(this.phones[step.phone]!, ALERT, message)
      }
      case 'answer':
        return this.answer(this.phones[step.phone]!, step.key)
      case 'kill':
        return this.during(
          step.for,
          () => this.phones[step.phone]!.kill(),
          () => this.phones[step.phone]!.start(),
        )
      case 'decide':
        return this.phones[step.phone]!.decide(step.type)
      case 'haunt':
        return this.phones[step.phone]!.haunt(step.for)
      case 'clock':
        this.phones[step.phone]!.skew += step.by
        return
      case 'night':
        this.phones[step.phone]!.kill()
        this.time.skip(step.for)
        return this.phones[step.phone]!.start()
      case 'network': {
        const phone = this.phones[step.phone]!
        return this.during(
          step.for,
          () => (phone.quality = step.quality),
          () => (phone.quality = 'good'),
        )
      }
      case 'site': {
        const site = this.sites.of(step.site)
        const set = (state: Site['state']) => {
          if (site.state !== 'burnt') site.state = state
        }
        return this.during(
          step.for,
          () => set(step.state),
          () => set('up'),
        )
      }
      case 'cut': {
        const cut = step.between.join(' ')
        return this.during(
          step.for,
          () => this.sites.cuts.add(cut),
          () => this.sites.cuts.delete(cut),
        )
      }
      case 'relay': {
        const relay = this.monitors.find((m) => m.id === step.relay)!
        return this.during(
          step.for,
          () => (relay.runs = false),
          () => relay.restart(),
        )
      }
      case 'blind': {
        const relay = this.monitors.find((m) => m.id === step.relay)!
        return this.during(
          step.for,
          () => (relay.blind = true),
          () => (relay.blind = false),
        )
      }
      case 'slow':
        return this.during(
          step.for,
          () => (this.sites.delay = step.delay),
          () => (this.sites.delay = 300),
        )
      default:
        return step satisfies never
    }
  }

  private during(ms: number, begin: () => unknown, end: () => unknown): void {
    begin()
    this.time.after(ms, () => void end())
  }

  private write(phone: Phone, room: RoomId, content: Record<string, unknown>): void {
    const client_id = uuidOf(0xc00 + phone.index, phone.writes++)
    phone.say(
      { kind: 'event', room, type: 'm.room.message', content: { ...content, [TYPE.clientId]: client_id } },
      client_id,
    )
  }

  /** A person answers what some site has. */
  private answer(phone: Phone, key: string): void {
    const ours = new Set(this.sites.all.flatMap((site) => this.alertIdsAt(site)))
    const alert = [...ours].find((id) => !this.incidents.some((i) => i.incident === id))
    if (alert) phone.answer(alert, key)
  }

  declaredAt(site: Site): { event_id: string; content: ActiveSite } | null {
    const events = this.sites.log(site, ALERT).filter((e) => e.type === TYPE.activeSite)
    const latest = latestActiveSite(events.map((e) => e.content as ActiveSite))
    const event = events.find((e) => e.content === latest)
    return event ? { event_id: event.event_id, content: event.content as ActiveSite } : null
  }

  alertIdsAt(site: Site): string[] {
    return this.sites.log(site, ALERT).flatMap((e: RoomEvent) => {
      const content = e.content[TYPE.alert] as AlertContent | undefined
      return content ? [content.id] : []
    })
  }
}
