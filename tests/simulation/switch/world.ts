/** One deterministic world: sites, relays, witnesses, managers and phones under a schedule, running the core it is given. */
import { unsound } from '../../../src/core/deployment-change.ts'
import type { Deployment } from '../../../src/core/deployment.ts'
import type { ActiveSite } from '../../../src/core/failover.ts'
import type { Proposal } from '../../../src/core/proposal.ts'
import { deploymentOf, uuidOf } from '../agency.ts'
import { randomOf, type Random } from '../random.ts'
import type { Core } from './core.ts'
import { Homeserver, LAGE, type StateEvent } from './homeserver.ts'
import { Lines } from './lines.ts'
import { declarationByHand } from './managers.ts'
import { CONFIRM_S, INTERVAL, QUIET, REST, TROUBLE } from './pace.ts'
import { Phone } from './phone.ts'
import { Queue } from './queue.ts'
import { scheduleOf, type Mode, type Schedule, type Step } from './schedule.ts'
import { Watcher } from './watcher.ts'

const START = 1_800_000_000_000

const FAILOVER: Record<Mode, Deployment['failover']> = {
  automatic: { mode: 'automatic' },
  confirm: { mode: 'confirm', confirm_within_s: CONFIRM_S },
  'confirm, then automatic': { mode: 'confirm', confirm_within_s: CONFIRM_S, then: 'automatic' },
}

export class World {
  readonly random: Random
  readonly schedule: Schedule
  readonly deployment: Deployment
  readonly core: Core
  /** Relays must not declare by themselves with this file. */
  readonly isUnsound: boolean
  /** Alert rooms, in the order of their ids. */
  readonly rooms: readonly string[]
  readonly lines = new Lines()
  readonly homeservers: Homeserver[]
  readonly watchers: Watcher[]
  readonly phones: Phone[]
  /** All that was ever declared, by whomever. */
  readonly declarations: StateEvent<ActiveSite>[] = []
  readonly proposals: StateEvent<Proposal>[] = []
  /** What relays have declared, and what each of them knew before. */
  readonly byRelays: { content: ActiveSite; replaced: ActiveSite | null }[] = []
  readonly faults: string[] = []
  /** How often a fault has begun or ended. */
  faultsSoFar = 0
  /** How often a monitor has come to see a site otherwise. */
  sights = 0
  /** In the order in which they look. */
  private readonly actors: (Watcher | Phone)[]
  private readonly queue = new Queue()
  private readonly underWay = new Set<string>()
  private slow = 0
  private events = 0

  constructor(seed: number, core: Core) {
    this.core = core
    this.random = randomOf(seed)
    const schedule = (this.schedule = scheduleOf(this.random))
    const { sites, monitors } = schedule
    this.deployment = { ...deploymentOf(sites, monitors), failover: FAILOVER[schedule.mode] }
    this.isUnsound = unsound(this.deployment) !== null
    this.rooms = ['!alert1', '!alert2'].slice(0, schedule.rooms)
    this.homeservers = sites.map((id) => new Homeserver(id))
    this.watchers = [...new Set([...sites, ...monitors])].map(
      (id) => new Watcher(this, id, this.homeservers.find((h) => h.id === id) ?? null),
    )
    this.phones = schedule.phones.map((id) => new Phone(this, id))
    this.actors = [...this.watchers, ...this.phones].toSorted((a, b) => a.phase - b.phase)
  }

  get now(): number {
    return START + this.queue.now
  }

  seenAnew(): void {
    this.sights += 1
  }

  fail(what: string): void {
    this.faults.push(what)
  }

  after(ms: number, run: () => Promise<void> | void): void {
    this.queue.after(ms, run)
  }

  /** Of one request of a relay to its homeserver, ms. */
  latency(): number {
    return this.random.whole(20, this.slow > 0 ? 20_000 : 1_500)
  }

  async run(): Promise<void> {
    const first: ActiveSite = {
      v: 1,
      site: this.schedule.sites[0]!,
      since: START - 3600_000,
      closed: [],
      by: 'provision',
      status: 'Actual',
    }
    for (const room of this.rooms) this.write(this.homeservers[0]!, room, first)
    for (const homeserver of this.homeservers) homeserver.catchUp(this.homeservers[0]!)
    for (const step of this.schedule.steps) this.queue.after(step.at, () => this.take(step))
    await this.rest(0, TROUBLE)
    const healed = this.queue.now
    this.heal()
    await this.rest(healed, healed + REST)
  }

  /** Everybody looks, round after round, until the end or until nothing more comes of it. */
  private async rest(from: number, end: number): Promise<void> {
    let [quiet, before] = [0, this.changes()]
    for (let at = from; at < end && quiet < QUIET; at += INTERVAL) {
      for (const actor of this.actors) {
        await this.queue.runUntil(at + actor.phase)
        actor.look()
      }
      const now = this.changes()
      const isQuiet = this.queue.isEmpty && now === before && this.watchers.every((w) => w.waiting.rounds === 0)
      quiet = isQuiet ? quiet + 1 : 0
      before = now
    }
    if (quiet < QUIET) await this.queue.runUntil(end)
  }

  /** How much has happened. */
  private changes(): number {
    return this.homeservers.reduce((sum, h) => sum + h.changes, this.faultsSoFar + this.sights)
  }

  private take(step: Step): void {
    const during = (change: (by: 1 | -1) => void) => {
      const turn = (by: 1 | -1) => {
        change(by)
        this.faultsSoFar += 1
      }
      turn(1)
      if (step.for !== Infinity && this.queue.now + step.for < TROUBLE) this.after(step.for, () => turn(-1))
    }
    switch (step.do) {
      case 'homeserver': {
        const homeserver = this.homeserver(step.site)
        return during((by) => homeserver.stop(by))
      }
      case 'burn': {
        this.homeserver(step.site).burn()
        this.watchers.find((w) => w.id === step.site)!.burnt = true
        this.faultsSoFar += 1
        return
      }
      case 'monitor': {
        const watcher = this.watchers.find((w) => w.id === step.id)!
        return during((by) => {
          watcher.trouble[step.how] += by
          if (step.how === 'dead' && watcher.trouble.dead === 0) watcher.start()
        })
      }
      case 'cut':
        return during((by) => this.lines.cut(step.from, step.to, step.line, step.bothWays, by))
      case 'alone':
        return during((by) => this.lines.alone(step.id, by))
      case 'slow':
        return during((by) => (this.slow += by))
      case 'manager': {
        const homeserver = this.homeserver(step.through)
        const content = homeserver.up && declarationByHand(this, homeserver, step.act)
        if (content) this.write(homeserver, this.rooms[step.room]!, content)
        return
      }
      default:
        return step satisfies never
    }
  }

  private homeserver(id: string): Homeserver {
    return this.homeservers.find((h) => h.id === id)!
  }

  /** All lines are whole, and everything runs that did not burn. */
  private heal(): void {
    this.lines.heal()
    this.slow = 0
    this.faultsSoFar += 1
    for (const homeserver of this.homeservers) homeserver.mend()
    for (const watcher of this.watchers) {
      const { dead } = watcher.trouble
      Object.assign(watcher.trouble, { dead: 0, paused: 0, silent: 0 })
      if (dead > 0) watcher.start()
    }
    // Relays touch every room when lines are whole again (SITE-12).
    for (const homeserver of this.homeservers) this.federate(homeserver)
  }

  /** An id that no other world has need of: incidents that managers make. */
  newId(): string {
    return uuidOf(1, this.events++)
  }

  write(homeserver: Homeserver, room: string, content: ActiveSite | Proposal): void {
    const skew = this.schedule.skew[homeserver.id]!
    const event = { id: `$${this.events++}`, room, ts: this.now + skew, at: this.now, content }
    const made = homeserver.write(event)
    if (room === LAGE) this.proposals.push(made as StateEvent<Proposal>)
    else this.declarations.push(made as StateEvent<ActiveSite>)
    this.federate(homeserver)
  }

  /** The alert of a declaration: its id is the incident, or that of the alert that a correction withdraws (SWITCH-9, SWITCH-10). */
  tell(homeserver: Homeserver, room: string, of: ActiveSite): void {
    const kind = this.core.moveOf(this.deployment, of)
    if (kind === null) return
    const cancels = kind === 'correction'
    homeserver.tell({ room, id: cancels ? of.corrects! : of.incident!, cancels, of })
    this.federate(homeserver)
  }

  private federate(from: Homeserver): void {
    for (const to of this.homeservers)
      if (to !== from) this.pass(from, to, this.random.whole(50, this.slow > 0 ? 30_000 : 2_000))
  }

  private pass(from: Homeserver, to: Homeserver, wait: number): void {
    const way = `${from.id} ${to.id}`
    if (this.underWay.has(way)) return
    this.underWay.add(way)
    this.after(wait, () => {
      this.underWay.delete(way)
      if (from.burnt || to.burnt) return
      if (from.up && to.up && this.lines.reach(from.id, to.id, 'federation')) return to.catchUp(from)
      // A homeserver backs off from another one that does not answer.
      this.pass(from, to, this.random.whole(2_000, 20_000))
    })
  }
}
