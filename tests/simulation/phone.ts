/** A phone: a disk that lasts, and a browser that is killed and started again, running the shipped drain and site choice. */
import { advance } from '../../src/core/advance.ts'
import type { EventGate, Found, OutboxStore, Registration, ResponseGate } from '../../src/core/sending.ts'
import type { Drain } from '../../src/core/drain.ts'
import { latestActiveSite, type ActiveSite } from '../../src/core/failover.ts'
import { accountAt } from '../../src/core/deployment.ts'
import { clientIdOf, TYPE, type RoomEvent } from '../../src/core/event.ts'
import type { OutboxEvent, OutboxItem, Payload } from '../../src/core/outbox.ts'
import type { ClientId, EventId, PersonId, RoomId, SiteId, UserId } from '../../src/core/ids.ts'
import { ALERT, uuidOf } from './agency.ts'
import { Disk } from './disk.ts'
import type { Quality } from './network.ts'
import { faultOfStep } from './oracles.ts'
import type { Site } from './sites.ts'
import { Waits } from './waits.ts'
import type { World } from './world.ts'

/** What the screen has called saved, in its latest words. */
export interface Said {
  client_id: ClientId
  payload: Payload
}

/** Of each room what a site has had since the last look, and how many events that makes. */
type News = ReadonlyMap<RoomId, { events: readonly RoomEvent[]; upTo: number }>

/** A drain in one window, and the end of that window in the middle of whatever it did. */
interface Engine {
  drain: Drain
  store: OutboxStore
  alive: () => boolean
  end(): void
}

/** Longest time after a sign of life, or a response, until its request is out: some reads and writes of a slow disk, ms. */
const PROMPT = 5_000
/** What a busy site asks for, ms. */
const RETRY_AFTER = 2_000
/** Events that a homeserver looks through for one request: few, so that most looks take several. */
const PAGE = 2

export class Phone {
  quality: Quality = 'good'
  readonly disk: Disk
  readonly said: Said[] = []
  readonly waits = new Waits()
  /** Withdrawn at some time, so it may stand in another place than it was written in. */
  readonly withdrawn = new Set<ClientId>()
  readonly person: PersonId
  readonly index: number
  /** What its clock is ahead, ms. */
  skew = 0
  /** How many events of each room of a site it has seen. */
  private readonly since: Record<SiteId, Map<RoomId, number>> = {}
  private readonly world: World
  private engine: Engine | null = null
  private current: SiteId | null = null
  private answers: Record<SiteId, boolean | null> = {}
  private declared: ActiveSite | null = null
  /** Messages written so far; part of their ids. */
  writes = 0
  private count = 0

  constructor(world: World, index: number, person: string) {
    this.world = world
    this.index = index
    this.person = person as PersonId
    this.disk = new Disk(world.time, world.random)
    this.disk.slowness = world.schedule.slowness[index]!
    this.disk.onChange = (before, after) => {
      for (const fault of [faultOfStep(before, after), this.waits.note(before, after, this.now)])
        if (fault) world.fail(fault)
    }
  }

  get now(): number {
    return this.world.time.now + this.skew
  }

  start(): void {
    if (this.engine) return
    this.answers = {}
    this.engine = this.startEngine(() => this.current)
    this.engine.drain.poke()
    this.look(this.engine.alive)
  }

  /** A window that was frozen while it led wakes beside the one that leads now, and does not know what has changed. */
  haunt(ms: number): void {
    const site = this.current
    const ghost = this.startEngine(() => site)
    ghost.drain.wake()
    this.world.time.after(ms, () => ghost.end())
  }

  private startEngine(site: () => SiteId | null): Engine {
    const { world } = this
    let living = true
    const alive = () => living
    const { store, end } = this.disk.open(alive)
    const patience = new Map<string, { until: number; skew: number }>()
    const drain = world.core.startDrain({
      store: world.core.storeOf(store, () => this.now),
      events: () => {
        const id = alive() ? site() : null
        return id ? world.core.gateOf(this.gate(id, alive, patience)) : null
      },
      responses: this.responseGate(alive),
      now: () => this.now,
      random: () => world.random(),
      at: (at, run) =>
        world.time.at(at - this.skew, () => {
          if (!alive()) return
          world.time.touch()
          run()
        }),
      changed: () => {},
      trouble: (error) => world.fail(`trouble in the drain of ${this.person}: ${String(error)}`),
    })
    world.time.touch()
    return {
      drain,
      store,
      alive,
      end() {
        living = false
        end()
      },
    }
  }

  /** The browser is gone, in the middle of whatever it did. */
  kill(): void {
    this.engine?.end()
    this.engine = null
  }

  say(payload: Payload, client_id = uuidOf(this.index + 1, this.count++)): void {
    const { engine } = this
    if (!engine) return
    const { time, core } = this.world
    const draft = { client_id, person: this.person, created: this.now, payload }
    const saved = () => {
      this.said.push({ client_id, payload })
      this.poke()
      if (payload.kind === 'response') this.within(engine, () => this.isOut(client_id))
    }
    if (!core.durable) {
      // A mutation: called saved before it is.
      this.said.push({ client_id, payload })
      time.after(3_000, () => {
        if (!engine.alive()) return
        this.disk.add(draft)
        this.poke()
      })
      return
    }
    time.after(this.world.random.whole(0, this.disk.slowness), () => {
      if (!engine.alive()) return
      this.disk.add(draft)
      saved()
    })
  }

  /** OUT-2 */
  private isOut(id: ClientId): string | null {
    return this.disk.items.get(id)?.delivery.state === 'saved' ? `OUT-2 ${id} is held up` : null
  }

  /** Nothing is wrong when what has begun has had its time, unless the window is gone. */
  private within(engine: Engine, fault: () => string | null): void {
    this.world.time.after(PROMPT, () => {
      const what = engine.alive() ? fault() : null
      if (what) this.world.fail(what)
    })
  }

  answer(alert: string, key: string): void {
    const client_id = uuidOf(this.index + 1, this.count++)
    const response = { id: client_id, alert, key, at: this.world.time.now }
    this.say({ kind: 'response', response }, client_id)
  }

  /** The person changes their mind about the newest message that the screen does not call taken. */
  decide(type: 'edited' | 'withdrawn' | 'retried'): void {
    if (!this.engine) return
    const open = [...this.disk.items.values()].filter(
      ({ delivery: { state }, payload }) =>
        payload.kind === 'event' && (type === 'retried' ? state === 'withdrawn' : state !== 'taken'),
    )
    const id = open.at(-1)?.client_id
    if (!id) return
    const event: OutboxEvent = type === 'edited' ? { type, text: `y${this.count++}` } : { type }
    const change = this.engine.store.change([id], (item) => {
      const after = this.world.core.decide(item, event, this.now, 0)
      if (after.delivery.state === 'withdrawn') this.withdrawn.add(id)
      const said = this.said.find((s) => s.client_id === id)
      if (said) said.payload = after.payload
      return after
    })
    void change.then(() => this.poke())
  }

  private poke(): void {
    this.world.time.touch()
    this.engine?.drain.poke()
  }

  /** Something answers: what waits for the network is due (OUT-5). */
  private wake(): void {
    const { engine } = this
    if (!engine) return
    this.world.time.touch()
    const waiting = [...this.disk.items.values()].filter(
      ({ delivery: d }) => d.state === 'waiting' && d.reason !== 'busy',
    )
    engine.drain.wake()
    this.within(engine, () => {
      const left = waiting.find((item) => {
        const now = this.disk.items.get(item.client_id)
        return now === item && now.delivery.state === 'waiting' && now.delivery.until > this.now
      })
      return left ? `OUT-5 ${left.client_id} still waits though something answers` : null
    })
  }

  /** Asks every site, again and again, and uses what the shipped choice says. */
  private look(alive: () => boolean): void {
    if (!alive()) return
    const { world } = this
    for (const site of world.sites.all) {
      const serve = () => (site.state === 'busy' && world.random.chance(0.3) ? null : this.syncAt(site))
      world.network.request(
        () => this.quality,
        site,
        serve,
        (reply) => {
          if (!alive()) return
          if (reply && site.id === this.current) this.echoed(site, reply.rooms)
          this.heard(site.id, reply)
        },
      )
    }
    world.time.after(world.random.whole(6_000, 9_000), () => this.look(alive))
  }

  private syncAt(site: Site): { declared: ActiveSite | null; rooms: News } {
    const events = this.world.sites.log(site, ALERT).filter((e) => e.type === TYPE.activeSite)
    const since = this.since[site.id] ?? new Map<RoomId, number>()
    const rooms = new Map(
      [...site.logs].map(([room, log]) => [room, { events: log.slice(since.get(room)), upTo: log.length }]),
    )
    return { declared: latestActiveSite(events.map((e) => e.content as ActiveSite)), rooms }
  }

  /** What the rooms show of what was sent from here (OUT-24). */
  private echoed({ id: site }: Site, rooms: News): void {
    const since = (this.since[site] ??= new Map())
    for (const [room, { events, upTo }] of rooms) {
      since.set(room, upTo)
      for (const event of events) {
        const [id, { event_id, origin_server_ts: at }] = [clientIdOf(event), event]
        const note = (item: OutboxItem) => advance(item, { type: 'echoed', site, event_id, at }, this.now, 0)
        if (id !== null && this.disk.items.has(id)) void this.engine?.store.change([id], note).then(() => this.poke())
      }
    }
  }

  private heard(site: SiteId, reply: { declared: ActiveSite | null } | null): void {
    const before = this.answers[site]
    this.answers = { ...this.answers, [site]: reply !== null }
    if (reply?.declared) this.declared = latestActiveSite([reply.declared, ...(this.declared ? [this.declared] : [])])
    const current = this.world.core.chooseSite({
      sites: this.world.sites.all.map((s) => s.id),
      declared: this.declared?.site ?? null,
      closed: this.declared?.closed ?? [],
      answers: this.answers,
      current: this.current,
    })
    if (current !== this.current) {
      this.current = current
      this.poke()
    }
    if (reply && before !== true) this.wake()
  }

  private account(site: SiteId): UserId {
    return accountAt(
      this.world.deployment.sites.find((s) => s.id === site)!,
      this.person,
    )
  }

  private ask<T>(alive: () => boolean, site: Site, serve: () => T | null): Promise<T | null> {
    return new Promise((resolve) => {
      this.world.network.request(
        () => this.quality,
        site,
        serve,
        (answer) => {
          if (!alive()) return
          this.world.time.touch()
          resolve(answer)
        },
      )
    })
  }

  private gate(id: SiteId, alive: () => boolean, patience: Map<string, { until: number; skew: number }>): EventGate {
    const { sites, random, time } = this.world
    const [site, user] = [sites.of(id), this.account(id)]
    const busy = () => site.state === 'busy' && random.chance(0.6)
    return {
      site: id,
      send: async (room, type, content, txn) => {
        const asked = patience.get(`${id} ${txn}`)
        if (asked && asked.skew === this.skew && time.now < asked.until)
          this.world.fail(`OUT-4 ${txn} goes out before the time that ${id} asked for`)
        const take = () => ({ event_id: sites.take(site, room, user, type, content, txn) })
        const answer = await this.ask<{ event_id: EventId } | 'busy'>(alive, site, () => (busy() ? 'busy' : take()))
        if (answer === null) return { failure: { fate: 'wait', reason: 'network' } }
        if (answer !== 'busy') return answer
        patience.set(`${id} ${txn}`, { until: time.now + RETRY_AFTER, skew: this.skew })
        return { failure: { fate: 'wait', reason: 'busy', retry_after_ms: RETRY_AFTER } }
      },
      has: async (_room, event_id) => {
        const answer = await this.ask(alive, site, () => (busy() ? null : { has: site.known.has(event_id) }))
        return answer ? answer.has : null
      },
      find: async (room, type, client_id, since, from) => {
        const search = (): Found => {
          const log = sites.log(site, room).slice(0, from === undefined ? undefined : Number(from))
          const page = log.slice(-PAGE)
          const found = page.find((e) => e.type === type && e.content[TYPE.clientId] === client_id)
          if (found) return { event_id: found.event_id }
          const older = page.some((e) => e.origin_server_ts < since)
          return older || page.length === log.length ? 'absent' : { from: String(log.length - page.length) }
        }
        const answer = await this.ask(alive, site, () => (busy() ? 'busy' : search()))
        if (answer === null) return { failure: { fate: 'wait', reason: 'network' } }
        return answer === 'busy' ? { failure: { fate: 'wait', reason: 'busy', retry_after_ms: 500 } } : answer
      },
    }
  }

  private responseGate(alive: () => boolean): ResponseGate {
    return {
      register: async (responses) => {
        const order = [...this.world.relays].sort(
          (a, b) => Number(b.id === this.current) - Number(a.id === this.current),
        )
        for (const relay of order) {
          const site = this.world.sites.of(relay.id)
          const reply = await this.ask(alive, site, () => relay.register(this.person, responses))
          if (!reply) continue
          return responses.map(({ id }): Registration =>
            reply.has(id) ? { id, site: relay.id } : { id, failure: { fate: 'wait', reason: 'server' } },
          )
        }
        return responses.map(({ id }): Registration => ({ id, failure: { fate: 'wait', reason: 'network' } }))
      },
    }
  }
}
