/** A relay, or with `homeserver` null a witness: looks at sites, reads the others, and does about the active site what core says. */
import { createHash } from 'node:crypto'
import type { ActiveSite, KnownDeclaration } from '../../../src/core/failover.ts'
import type { SiteId } from '../../../src/core/ids.ts'
import type { Proposal } from '../../../src/core/proposal.ts'
import type { Written } from '../../../src/core/proposing.ts'
import type { Due, Fate, Move, Replaced, Sight, Turn, Verdicts } from '../../../src/core/switching.ts'
import type { SiteView } from '../../../src/core/verdict.ts'
import { Eye } from './eye.ts'
import { LAGE, type Homeserver, type StateEvent } from './homeserver.ts'
import { faultOfMove, knownTo, noteDeclaration, Waiting } from './oracles.ts'
import { INTERVAL, MONITOR } from './pace.ts'
import type { World } from './world.ts'

const sha256 = (bytes: Uint8Array) => Promise.resolve(new Uint8Array(createHash('sha256').update(bytes).digest()))

const knownOf = ({ content, ts }: StateEvent): KnownDeclaration => ({ declared: content as ActiveSite, at: ts })

export class Watcher {
  readonly id: string
  readonly homeserver: Homeserver | null
  readonly phase: number
  /** How many faults of each kind it has at the moment. */
  readonly trouble = { dead: 0, paused: 0, silent: 0 }
  burnt = false
  views: Record<SiteId, SiteView> = {}
  /** The oracles' own. */
  eyes: Record<SiteId, Eye> = {}
  /** Those that it could read at its last look, itself among them. */
  heard: Watcher[] = []
  /** What its bot has seen of the rooms; null: nothing yet. */
  seen: Map<string, StateEvent | null> | null = null
  private latest: KnownDeclaration | null = null
  private syncedTo = -1
  /** Something it says is under way. */
  busy = false
  private due: Due | null = null
  /** What it would complete, and since when it has known of it. */
  private noted = { declared: -1, since: 0 }
  private written: Written | null = null
  private said = new Set<string>()
  private life = 0
  private known: { at: number; verdict: Verdicts } | null = null
  private reachedAt = -1
  private answering: boolean[] = []
  readonly waiting = new Waiting()
  readonly world: World

  constructor(world: World, id: string, homeserver: Homeserver | null) {
    this.world = world
    this.id = id
    this.homeserver = homeserver
    this.phase = world.random.whole(0, INTERVAL - 1)
    this.start()
  }

  get runs(): boolean {
    return this.trouble.dead === 0 && this.trouble.paused === 0 && !this.burnt
  }

  /** Whether it answers to whoever reaches it. */
  get isRead(): boolean {
    return this.runs && this.trouble.silent === 0
  }

  get declared(): ActiveSite | null {
    return this.latest?.declared ?? null
  }

  get now(): number {
    return this.world.now + this.world.schedule.skew[this.id]!
  }

  /** Without memory. */
  start(): void {
    const { sites } = this.world.schedule
    this.views = Object.fromEntries(sites.map((s) => [s, this.world.core.unseen(this.now)]))
    this.eyes = Object.fromEntries(sites.map((s) => [s, new Eye(MONITOR)]))
    this.heard = []
    this.seen = null
    this.latest = null
    this.busy = false
    this.written = null
    this.said = new Set()
    // The process that knew that something was due is gone; this one has to see it first.
    this.pause()
    this.reachedAt = -1
    this.life += 1
    this.world.seenAnew()
  }

  /** Nothing that it has waited for counts any more. */
  private pause(): void {
    this.due = null
    this.noted = { declared: -1, since: 0 }
    this.waiting.end()
  }

  look(): void {
    // Who is frozen knows nothing of what happens meanwhile.
    if (!this.runs) return this.waiting.end()
    this.reach()
    this.probe()
    const verdict = this.verdict()
    if (!this.homeserver?.up) return this.pause()
    if (this.world.random.chance(0.85)) this.sync(this.homeserver)
    if (!this.seen) return
    const { busy } = this
    if (!busy) this.speak(verdict)
    const fault = this.waiting.faultOf(this, busy)
    if (fault) this.world.fail(fault)
  }

  /** Whom it can read and which sites answer: the same as at its last look unless a fault has begun or ended. */
  private reach(): void {
    const { lines, watchers, homeservers, faultsSoFar } = this.world
    if (this.reachedAt === faultsSoFar) return
    this.reachedAt = faultsSoFar
    this.known = null
    this.heard = watchers.filter((w) => w === this || (w.isRead && lines.reach(this.id, w.id, 'status')))
    this.answering = homeservers.map((h) => h.up && lines.reach(this.id, h.id, 'all'))
  }

  private probe(): void {
    const { world, now } = this
    for (const [i, { id }] of world.homeservers.entries()) {
      const [view, ok] = [this.views[id]!, this.answering[i]!]
      // One more probe that is like all those before it adds to a count.
      if (view.up === ok && view.run.ok === ok) continue
      const next = world.core.observe(view, ok, now, MONITOR)
      if (next.up !== view.up) world.seenAnew()
      this.views[id] = next
      this.eyes[id]!.see(ok, now)
    }
  }

  /** Thought through anew only when somebody sees something else. */
  private verdict(): Verdicts {
    const { schedule, core, sights } = this.world
    if (this.known?.at === sights) return this.known.verdict
    const reports = new Map(this.heard.map((w) => [w.id, w.views] as const))
    const verdict = core.verdicts(schedule.sites, schedule.monitors, reports)
    this.known = { at: sights, verdict }
    return verdict
  }

  private sync(homeserver: Homeserver): void {
    const { rooms, core, deployment } = this.world
    if (this.seen && this.syncedTo === homeserver.changes) return
    this.syncedTo = homeserver.changes
    this.seen = new Map([...rooms, LAGE].map((room) => [room, homeserver.state(room)]))
    // What has gone by in a room is seen, too, where another event of the same time counts there now.
    const gone = [...homeserver.known].filter((event) => event.room !== LAGE).map(knownOf)
    this.latest = core.latestDeclaration(deployment, this.latest ? [this.latest, ...gone] : gone)
  }

  declaredIn(room: string): ActiveSite | null {
    return (this.seen?.get(room)?.content as ActiveSite | undefined) ?? null
  }

  private get proposal(): Proposal | null {
    return (this.seen?.get(LAGE)?.content as Proposal | undefined) ?? null
  }

  private stands(): Proposal | null {
    const event = this.seen?.get(LAGE)
    if (!event) return this.world.core.standing(null, this.written)
    const proposal = this.world.core.timed({
      proposal: event.content as Proposal,
      event: { origin_server_ts: event.ts },
    })
    return this.world.core.standing({ proposal, event: { event_id: event.id } }, this.written)
  }

  private sight(verdict: Verdicts): Sight {
    const { declared, latest, proposal, now } = this
    const follows = (id: SiteId) => {
      const other = this.heard.find((w) => w.id === id)
      const { site = this.world.schedule.sites[0]!, since = 0 } = other?.declared ?? {}
      return other?.seen ? { site, since } : null
    }
    const active = declared?.site ?? this.world.schedule.sites[0]!
    const views = new Map(this.heard.map((w) => [w.id, w.views[active]]))
    return { self: this.id, deployment: this.world.deployment, verdict, latest, proposal, follows, views, now }
  }

  private speak(verdict: Verdicts): void {
    const sight = this.sight(verdict)
    const turn = this.world.core.takeTurn(sight, this.due)
    this.due = turn.due
    if (turn.do === 'move') return this.move(turn, sight)
    if (turn.do === 'settle') return this.settle(turn.fate, () => this.finish(sight))
    this.finish(sight)
  }

  /** One request to its own homeserver, later; a crash ends what was under way, and an error does. */
  private ask(then: (homeserver: Homeserver) => Promise<void> | void): void {
    const { world, life } = this
    const homeserver = this.homeserver!
    this.busy = true
    const run = (): Promise<void> | void => {
      if (this.life !== life || this.burnt || this.trouble.dead > 0) return
      if (this.trouble.paused > 0) return world.after(1_000, run)
      this.busy = false
      if (homeserver.up) return then(homeserver)
    }
    world.after(world.latency(), run)
  }

  private move(turn: Extract<Turn, { do: 'move' }>, sight: Sight): void {
    const { core, rooms } = this.world
    this.ask(async (homeserver) => {
      const there = rooms.flatMap((room) => homeserver.state(room) ?? []).map(knownOf)
      const replaced = core.replacedBy(this.sight(this.verdict()), turn, there)
      if (!replaced) return
      const said = knownTo(this, homeserver)
      const fault = faultOfMove(this, turn, said)
      if (fault) this.world.fail(fault)
      const incident = await core.incidentId(sha256, replaced.key, turn.from, turn.to)
      if (this.world.deployment.failover.mode === 'automatic') return this.goOn(turn, replaced, incident, said)
      this.propose({ ...turn, incident }, replaced, sight, said)
    })
  }

  private propose(move: Move & { incident: string }, replaced: Replaced, sight: Sight, said: ActiveSite | null): void {
    const { core, deployment } = this.world
    const about = { id: `${move.incident} proposal`, evidence: [], now: this.now }
    const next = core.proposing(move, this.stands(), deployment, about)
    if (next === 'wait') return this.finish(sight)
    if (next === 'declare') return this.goOn(move, replaced, move.incident, said)
    this.ask((homeserver) => {
      this.written = { proposal: next, over: this.seen?.get(LAGE)?.id ?? null }
      this.world.write(homeserver, LAGE, next)
      this.finish(sight)
    })
  }

  private goOn(move: Move, { latest }: Replaced, incident: string, said: ActiveSite | null): void {
    const content = this.world.core.declarationOf(move, incident, latest, this.now)
    this.ask((homeserver) => {
      noteDeclaration(this, content, said)
      this.world.write(homeserver, this.world.rooms[0]!, content)
      this.complete(content, () => this.settle('declared', () => {}))
    })
  }

  private settle(fate: Fate, then: () => void): void {
    const next = this.world.core.settling(this.stands(), fate, [], this.now)
    if (!next) return then()
    this.ask((homeserver) => {
      this.written = { proposal: next, over: this.seen?.get(LAGE)?.id ?? null }
      this.world.write(homeserver, LAGE, next)
      then()
    })
  }

  private finish(sight: Sight): void {
    const { latest } = sight
    if (!latest) return
    const { declared } = latest
    if (this.noted.declared !== declared.since) this.noted = { declared: declared.since, since: this.now }
    const known = this.now - this.noted.since
    if (this.world.core.mayComplete({ ...sight, now: this.now }, latest, known)) this.complete(declared)
  }

  /** Into every room, with its alert; what fails is tried again in the next round. */
  private complete(declared: ActiveSite, then?: () => void): void {
    const key = (room: string) => `${declared.incident} ${declared.since} ${room}`
    const stands = (room: string) => {
      const shown = this.declaredIn(room)
      return shown && this.world.core.byMoment(shown, declared) >= 0
    }
    const left = this.world.rooms.filter((room) => !this.said.has(key(room)) || !stands(room))
    if (left.length === 0) return then?.()
    this.ask((homeserver) => {
      for (const room of left) {
        const there = homeserver.state(room)?.content as ActiveSite | undefined
        const order = there ? this.world.core.byMoment(there, declared) : -1
        if (order > 0) continue
        if (order < 0 && there && there.since > declared.since)
          this.world.fail(`SITE-14 ${this.id} completes what is older than what ${room} declares`)
        if (order < 0) this.world.write(homeserver, room, declared)
        if (!this.said.has(key(room))) this.world.tell(homeserver, room, declared)
        this.said.add(key(room))
      }
      then?.()
    })
  }
}
