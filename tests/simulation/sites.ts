/** Homeservers that take events once per transaction and pass them on to each other, late if need be, never out of order. */
import type { RoomEvent } from '../../src/core/event.ts'
import type { EventId, RoomId, SiteId, UserId } from '../../src/core/ids.ts'
import type { Random } from './random.ts'
import type { Time } from './time.ts'

export interface Site {
  id: SiteId
  /** `mute`: it takes what it is given, and no answer comes back. */
  state: 'up' | 'mute' | 'busy' | 'down' | 'burnt'
  /** Of each room the events in the order in which this site got them. */
  logs: Map<RoomId, RoomEvent[]>
  known: Set<EventId>
  txns: Map<string, { event_id: EventId; at: number }>
  /** Events that were made here, for the rule that a repeated request makes no second one. */
  made: RoomEvent[]
}

/** How long a homeserver knows a transaction again (Synapse), ms. */
const REMEMBERED = 24 * 3600_000

export const isAlive = (site: Site): boolean => site.state !== 'down' && site.state !== 'burnt'

export class Sites {
  readonly all: Site[]
  /** Pairs that cannot reach each other, `x y` both ways; monitors and relays included. */
  readonly cuts = new Set<string>()
  /** Longest time on the way between sites, ms. */
  delay = 300
  private ids = 0
  private readonly underWay = new Set<string>()
  private readonly time: Time
  private readonly random: Random

  constructor(ids: readonly SiteId[], time: Time, random: Random) {
    this.time = time
    this.random = random
    this.all = ids.map((id) => ({ id, state: 'up', logs: new Map(), known: new Set(), txns: new Map(), made: [] }))
  }

  of(id: SiteId): Site {
    return this.all.find((s) => s.id === id)!
  }

  log(site: Site, room: RoomId): RoomEvent[] {
    let log = site.logs.get(room)
    if (!log) site.logs.set(room, (log = []))
    return log
  }

  reach(x: string, y: string): boolean {
    return !this.cuts.has(`${x} ${y}`) && !this.cuts.has(`${y} ${x}`)
  }

  /** The same transaction of the same account is the same event. */
  take(
    site: Site,
    room: RoomId,
    sender: UserId,
    type: string,
    content: Record<string, unknown>,
    txn: string,
    state_key?: string,
  ): EventId {
    const key = `${sender} ${room} ${txn}`
    const before = site.txns.get(key)
    if (before && this.time.now - before.at < REMEMBERED) return before.event_id
    const event_id: EventId = `$${site.id}${this.ids++}`
    const event: RoomEvent = { event_id, room_id: room, sender, type, content, origin_server_ts: this.time.now }
    if (state_key !== undefined) event.state_key = state_key
    site.txns.set(key, { event_id, at: this.time.now })
    site.made.push(event)
    this.put(site, event)
    for (const other of this.all) if (other !== site) this.pass(site, other, room)
    return event_id
  }

  /** Touches every room from every site, as relays do when lines are whole again (SITE-12). */
  nudge(): void {
    for (const from of this.all)
      for (const to of this.all) if (from !== to) for (const room of from.logs.keys()) this.pass(from, to, room)
  }

  private put(site: Site, event: RoomEvent): void {
    if (site.known.has(event.event_id)) return
    site.known.add(event.event_id)
    this.log(site, event.room_id).push(event)
  }

  /** As Matrix does: whoever gets an event fetches what came before it. */
  private pass(from: Site, to: Site, room: RoomId, wait = this.random.whole(5, this.delay)): void {
    const way = `${from.id} ${to.id} ${room}`
    if (this.underWay.has(way)) return
    this.underWay.add(way)
    this.time.after(wait, () => {
      this.underWay.delete(way)
      if (from.state === 'burnt' || to.state === 'burnt') return
      if (!isAlive(from) || !isAlive(to) || !this.reach(from.id, to.id))
        return this.pass(from, to, room, this.random.whole(1000, 4000))
      for (const event of this.log(from, room)) this.put(to, event)
    })
  }
}
