/** A relay, or with `site` null the witness: looks at sites, reads its peers, declares, pushes, registers responses. */
import { createHash } from 'node:crypto'
import { alertMessage, foldAlerts, type Alert, type AlertRevision } from '../../src/core/alert.ts'
import { siteOfUser } from '../../src/core/deployment.ts'
import { dutyOrder, isListed, sentKey, type Listing, type PeerReport } from '../../src/core/duty.ts'
import { TYPE } from '../../src/core/event.ts'
import type { ActiveSite } from '../../src/core/failover.ts'
import { failoverAlert } from '../../src/core/switch-alert.ts'
import { readTally, type Response } from '../../src/core/response.ts'
import { entryOf } from '../../src/core/tally.ts'
import type { PersonId, SiteId, UserId } from '../../src/core/ids.ts'
import { unseen, type SiteView } from '../../src/core/verdict.ts'
import { ALERT, LAGE, PATIENCE, THRESHOLDS } from './agency.ts'
import { faultOfMove, faultOfPush } from './oracles.ts'
import { isAlive, type Site } from './sites.ts'
import type { World } from './world.ts'

const INTERVAL = 5_000
const sha256 = (bytes: Uint8Array) => Promise.resolve(new Uint8Array(createHash('sha256').update(bytes).digest()))

export class Relay {
  readonly id: string
  readonly site: Site | null
  runs = true
  /** All its own probes fail: a broken line of the monitor itself. */
  blind = false
  views: Record<SiteId, SiteView> = {}
  /** Every probe it ever made, for the oracle. */
  readonly probes: { site: SiteId; at: number; ok: boolean }[] = []
  /** On its disk: what it has pushed. */
  readonly sent = new Set<string>()
  /** On its disk: what others have rung. */
  readonly rung = new Set<string>()
  /** When it saw an alert in another's list, for the oracle. */
  readonly listed: { key: string; at: number; life: number }[] = []
  /** How often it was started again. */
  life = 0
  private firstSeen = new Map<string, number>()
  private listings = new Map<string, Listing>()
  private folded: { of: number; alerts: readonly Alert[] } = { of: 0, alerts: [] }
  readonly world: World
  private busy = false

  constructor(world: World, id: string, site: Site | null) {
    this.world = world
    this.id = id
    this.site = site
    world.time.after(world.random.whole(0, INTERVAL), () => this.round())
  }

  get lives(): boolean {
    return this.runs && (this.site === null || this.site.state !== 'burnt')
  }

  /** Its homeserver takes what it says. */
  get speaks(): boolean {
    return this.lives && this.site !== null && isAlive(this.site)
  }

  restart(): void {
    this.runs = true
    this.views = {}
    this.probes.length = 0
    this.firstSeen = new Map()
    this.listings = new Map()
    this.life += 1
  }

  private round(): void {
    if (this.site?.state === 'burnt') return
    if (this.runs) {
      this.probe()
      this.decide()
      this.push()
    }
    this.world.time.after(INTERVAL, () => this.round())
  }

  private probe(): void {
    const { time, sites, core } = this.world
    for (const site of sites.all) {
      const ok = !this.blind && isAlive(site) && site.state !== 'mute' && sites.reach(this.id, site.id)
      this.probes.push({ site: site.id, at: time.now, ok })
      this.views[site.id] = core.observe(this.views[site.id] ?? unseen(time.now), ok, time.now, THRESHOLDS)
    }
  }

  /** Whether its status can be read. */
  reads(peer: Relay): boolean {
    return peer === this || (peer.lives && this.world.sites.reach(this.id, peer.id) && !this.blind)
  }

  private decide(): void {
    const { world } = this
    const monitors = world.monitors.map((m) => m.id)
    const readable = world.monitors.filter((m) => this.reads(m))
    const reports = new Map(readable.map((m) => [m.id, m.views]))
    const verdict = world.core.verdicts(
      world.sites.all.map((s) => s.id),
      monitors,
      reports,
    )
    if (!this.speaks || this.busy) return
    const declared = world.declaredAt(this.site!)
    const active = declared?.content.site ?? world.sites.all[0]!.id
    if (world.core.successor(world.deployment, verdict, active) !== this.id) return
    const fault = faultOfMove(world, readable, active, this.id)
    if (fault) world.fail(fault)
    this.busy = true
    this.world.time.touch()
    // A relay runs in as many copies as wanted: a second one may not have seen what the first one has just declared.
    for (let copies = world.random.chance(0.3) ? 2 : 1; copies > 0; copies--)
      void this.declare(active, declared?.event_id ?? ALERT, declared?.content.since ?? 0)
  }

  private async declare(from: SiteId, replaced: string, since: number): Promise<void> {
    const { world } = this
    const incident = await world.core.incidentId(sha256, replaced, from, this.id)
    const now = world.time.now
    const content: ActiveSite = {
      v: 1,
      site: this.id,
      from,
      since: Math.max(now, since + 1),
      closed: [],
      incident,
      by: 'monitor',
      status: 'Actual',
    }
    world.sites.take(this.site!, ALERT, this.bot, TYPE.activeSite, { ...content }, `declare ${now}`, '')
    const message = alertMessage(
      failoverAlert(world.deployment, { from, to: this.id, incident }, [ALERT], now),
      incident,
    )
    world.sites.take(this.site!, ALERT, this.bot, 'm.room.message', message, incident)
    world.incidents.push({ replaced, from, to: this.id, incident })
    this.busy = false
  }

  private get bot(): UserId {
    return `@bot:${this.id}.example`
  }

  private push(): void {
    if (!this.speaks) return
    const { world } = this
    for (const alert of this.alerts()) {
      const key = sentKey(alert.current.content)
      if (this.sent.has(key) || this.rung.has(key)) continue
      const seen = this.firstSeen.get(key) ?? world.time.now
      this.firstSeen.set(key, seen)
      const peers = world.relays.map((peer): [SiteId, PeerReport] => {
        const answers = peer !== this && this.reads(peer) && peer.speaks
        return [peer.id, { answers, sent: answers && peer.sent.has(key) }]
      })
      const reports = Object.fromEntries(peers)
      if (isListed(this.id, reports)) this.noteListed(key)
      const sender = siteOfUser(world.deployment, alert.current.sender)?.id ?? null
      const order = dutyOrder(
        world.sites.all.map((s) => s.id),
        sender,
      )
      const last = this.listings.get(key)?.last ?? -Infinity
      const waited = { seen: world.time.now - seen, listed: world.time.now - last }
      const decision = world.core.duty(order, this.id, reports, waited, PATIENCE)
      if (decision !== 'send') continue
      const fault = faultOfPush(this, key, sender ?? '', world.time.now - seen)
      if (fault) world.fail(fault)
      this.sent.add(key)
      world.pushes.push({ key, relay: this.id })
    }
  }

  /** Folded again when something has come. */
  private alerts(): readonly Alert[] {
    const log = this.world.sites.log(this.site!, ALERT)
    if (log.length === this.folded.of) return this.folded.alerts
    const revisions = log.flatMap((event): AlertRevision[] => {
      const content = event.content[TYPE.alert] as AlertRevision['content'] | undefined
      const { event_id, room_id, sender, origin_server_ts: at } = event
      return content ? [{ content, event_id, room_id, sender, at }] : []
    })
    this.folded = { of: log.length, alerts: foldAlerts(revisions) }
    return this.folded.alerts
  }

  private noteListed(key: string): void {
    const { time, core } = this.world
    const listing = { first: this.listings.get(key)?.first ?? time.now, last: time.now }
    this.listed.push({ key, at: time.now, life: this.life })
    this.listings.set(key, listing)
    if (core.isRung(listing)) this.rung.add(key)
  }

  /** Ids that are registered; what is missing goes out again. Null: it does not answer. */
  register(person: PersonId, responses: readonly Response[]): Set<string> | null {
    if (!this.speaks) return null
    const { world } = this
    const lage = world.sites.log(this.site!, LAGE)
    const known = new Set(lage.flatMap((e) => readTally(e)?.entries.map((entry) => entry.id) ?? []))
    const alerts = new Set(world.alertIdsAt(this.site!))
    const taken = responses.filter((r) => known.has(r.id) || alerts.has(r.alert))
    const written = new Set(taken.filter((r) => known.has(r.id) || this.write(r, person)))
    return new Set(taken.filter((r) => written.has(r) || !world.core.tallied).map((r) => r.id))
  }

  /** Whether the homeserver took the tally event. */
  private write(response: Response, person: PersonId): boolean {
    const { time, random, sites } = this.world
    if (this.site!.state === 'busy' && random.chance(0.6)) return false
    const content = { v: 1, alert: response.alert, entries: [entryOf(response, person, time.now)] }
    sites.take(this.site!, LAGE, this.bot, TYPE.tally, content, `${response.id} ${time.now}`)
    return true
  }
}
