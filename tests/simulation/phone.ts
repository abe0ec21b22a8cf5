/** A phone: a disk that lasts, and a browser that is killed and started again, running the shipped drain and site choice. */
import type { Drain, EventGate, Registration, ResponseGate } from '../../src/core/drain.ts'
import { latestActiveSite, type ActiveSite } from '../../src/core/failover.ts'
import { accountAt } from '../../src/core/deployment.ts'
import { TYPE } from '../../src/core/event.ts'
import type { Payload } from '../../src/core/outbox.ts'
import type { ClientId, EventId, PersonId, SiteId, UserId } from '../../src/core/ids.ts'
import { ALERT, uuidOf } from './agency.ts'
import { Disk } from './disk.ts'
import type { Quality } from './network.ts'
import type { Site } from './sites.ts'
import type { World } from './world.ts'

/** What the screen has called saved. */
export interface Said {
  client_id: ClientId
  payload: Payload
}

export class Phone {
  quality: Quality = 'good'
  readonly disk: Disk
  readonly said: Said[] = []
  readonly person: PersonId
  readonly index: number
  private readonly world: World
  private life = 0
  private drain: Drain | null = null
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
  }

  get runs(): boolean {
    return this.drain !== null
  }

  start(): void {
    if (this.drain) return
    const { world } = this
    const life = ++this.life
    const alive = () => this.life === life
    this.answers = {}
    this.drain = world.core.startDrain({
      store: world.core.storeOf(this.disk.open(alive)),
      events: () => (alive() && this.current ? world.core.gateOf(this.gate(this.current, alive)) : null),
      responses: this.responseGate(alive),
      now: () => world.time.now,
      random: () => world.random(),
      at: (at, run) =>
        world.time.at(at, () => {
          if (!alive()) return
          world.time.touch()
          run()
        }),
      changed: () => {},
      trouble: (error) => world.fail(`trouble in the drain of ${this.person}: ${String(error)}`),
    })
    this.poke()
    this.look(alive)
  }

  /** The browser is gone, in the middle of whatever it did. */
  kill(): void {
    this.life++
    this.disk.end()
    this.drain = null
  }

  say(payload: Payload, client_id = uuidOf(this.index + 1, this.count++)): void {
    if (!this.drain) return
    const [{ time, core }, life] = [this.world, this.life]
    const draft = { client_id, person: this.person, created: time.now, payload }
    const saved = () => {
      this.said.push({ client_id, payload })
      this.poke()
    }
    if (!core.durable) {
      // A mutation: called saved before it is.
      this.said.push({ client_id, payload })
      time.after(3_000, () => {
        if (this.life !== life) return
        this.disk.add(draft)
        this.poke()
      })
      return
    }
    time.after(this.world.random.whole(0, this.disk.slowness), () => {
      if (this.life !== life) return
      this.disk.add(draft)
      saved()
    })
  }

  answer(alert: string, key: string): void {
    const client_id = uuidOf(this.index + 1, this.count++)
    const response = { id: client_id, alert, key, at: this.world.time.now }
    this.say({ kind: 'response', response }, client_id)
  }

  private poke(): void {
    this.world.time.touch()
    this.drain?.poke()
  }

  /** Asks every site, again and again, and uses what the shipped choice says. */
  private look(alive: () => boolean): void {
    if (!alive()) return
    const { world } = this
    for (const site of world.sites.all) {
      const serve = () => (site.state === 'busy' && world.random.chance(0.3) ? null : this.declarationsAt(site))
      world.network.request(
        () => this.quality,
        site,
        serve,
        (declared) => {
          if (alive()) this.heard(site.id, declared)
        },
      )
    }
    world.time.after(world.random.whole(6_000, 9_000), () => this.look(alive))
  }

  private declarationsAt(site: Site): { declared: ActiveSite | null } {
    const events = this.world.sites.log(site, ALERT).filter((e) => e.type === TYPE.activeSite)
    return { declared: latestActiveSite(events.map((e) => e.content as ActiveSite)) }
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
    if (reply && before !== true) {
      this.world.time.touch()
      this.drain?.wake()
    }
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

  private gate(id: SiteId, alive: () => boolean): EventGate {
    const { sites, random } = this.world
    const [site, user] = [sites.of(id), this.account(id)]
    const busy = () => site.state === 'busy' && random.chance(0.6)
    return {
      site: id,
      send: async (room, type, content, txn) => {
        const take = () => ({ event_id: sites.take(site, room, user, type, content, txn) })
        const answer = await this.ask<{ event_id: EventId } | 'busy'>(alive, site, () => (busy() ? 'busy' : take()))
        if (answer === null) return { failure: { fate: 'wait', reason: 'network' } }
        if (answer === 'busy') return { failure: { fate: 'wait', reason: 'busy', retry_after_ms: 2_000 } }
        return answer
      },
      has: async (_room, event_id) => {
        const answer = await this.ask(alive, site, () => (busy() ? null : { has: site.known.has(event_id) }))
        return answer ? answer.has : null
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
