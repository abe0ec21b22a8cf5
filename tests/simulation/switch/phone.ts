/** A phone: asks every site, reads what the one in use declares, and uses the site that core chooses. Where it is shut out it asks the relays. */
import type { ActiveSite } from '../../../src/core/failover.ts'
import { TYPE, type RoomEvent } from '../../../src/core/event.ts'
import type { EventId, RoomId, SiteId } from '../../../src/core/ids.ts'
import type { SiteView } from '../../../src/core/verdict.ts'
import { Eye } from './eye.ts'
import type { Homeserver, StateEvent } from './homeserver.ts'
import { faultOfChoice } from './oracles.ts'
import { INTERVAL, PHONE } from './pace.ts'
import type { World } from './world.ts'

/** As the device's database has it. */
const rowOf = ({ id, room, ts, content }: StateEvent): RoomEvent => ({
  event_id: id as EventId,
  room_id: room as RoomId,
  type: TYPE.activeSite,
  state_key: '',
  sender: '@bot:a.example',
  origin_server_ts: ts,
  content,
})

export class Phone {
  readonly id: string
  readonly phase: number
  current: SiteId
  declared: ActiveSite | null = null
  /** The oracles' own. */
  readonly eyes: Record<SiteId, Eye>
  /** All answered when it last reached anything; it reaches nothing now. */
  cutOff = false
  private allAnswered = false
  private isShutOut = false
  /** What the relays that it could read when it last asked them go by. */
  heard: ActiveSite[] = []
  private views: Record<SiteId, SiteView>
  /** What the rooms say on this device, and what each site last said of them. */
  private readonly rooms = new Map<string, StateEvent | null>()
  private readonly positions = new Map<SiteId, { changes: number; rooms: Map<string, StateEvent | null> }>()
  private reachedAt = -1
  private answering: boolean[] = []
  readonly world: World

  constructor(world: World, id: string) {
    this.world = world
    this.id = id
    this.phase = world.random.whole(0, INTERVAL - 1)
    const { sites } = world.schedule
    this.current = sites[0]!
    this.views = Object.fromEntries(sites.map((s) => [s, world.core.unseen(world.now)]))
    this.eyes = Object.fromEntries(sites.map((s) => [s, new Eye(PHONE)]))
  }

  look(): void {
    const { world } = this
    if (this.reachedAt !== world.faultsSoFar) {
      this.reachedAt = world.faultsSoFar
      this.answering = world.homeservers.map((h) => h.up && world.lines.reach(this.id, h.id, 'all'))
    }
    let changed = false
    for (const [i, homeserver] of world.homeservers.entries()) {
      const { id } = homeserver
      const [view, ok] = [this.views[id]!, this.answering[i]!]
      if (ok && id === this.current) changed = this.sync(homeserver) || changed
      // One more probe that is like all those before it adds to a count.
      if (view.up === ok && view.run.ok === ok) continue
      this.views[id] = world.core.observe(view, ok, world.now, PHONE)
      this.eyes[id]!.see(ok, world.now)
      changed = true
    }
    const answers = this.answering.includes(true)
    this.cutOff = !answers && this.allAnswered
    if (answers) this.allAnswered = !this.answering.includes(false)
    if (changed || this.isShutOut) this.choose()
  }

  /** What has changed at this site since it was last asked. */
  private sync(homeserver: Homeserver): boolean {
    const { id, changes } = homeserver
    if (this.positions.get(id)?.changes === changes) return false
    const before = this.positions.get(id)?.rooms
    const now = new Map(this.world.rooms.map((room) => [room, homeserver.state(room)]))
    for (const [room, event] of now) if (before?.get(room) !== event) this.take(room, event)
    this.positions.set(id, { changes, rooms: now })
    this.declared = this.world.core.latestActiveSite(this.declarations())
    return true
  }

  private take(room: string, event: StateEvent | null): void {
    const known = this.rooms.get(room)
    if (!event || (known && !this.world.core.replacesState(rowOf(known), rowOf(event)))) return
    this.rooms.set(room, event)
  }

  /** What its rooms say. */
  declarations(): ActiveSite[] {
    return [...this.rooms.values()].flatMap((event) => (event ? [event.content as ActiveSite] : []))
  }

  private choose(): void {
    const { world, current, declared } = this
    const { core, schedule, watchers, lines } = world
    const known = {
      sites: schedule.sites,
      declared: declared?.site ?? null,
      closed: declared?.closed ?? [],
      answers: Object.fromEntries(schedule.sites.map((s) => [s, this.views[s]!.up])),
      current,
    }
    this.isShutOut = core.isShutOut(known)
    const relays = this.isShutOut ? watchers.filter((w) => w.isRead && lines.reach(this.id, w.id, 'all')) : []
    this.heard = relays.flatMap((relay) => relay.declared ?? [])
    const words = this.heard.map(({ site, since }) => ({ active_site: site, active_since: since }))
    const next = core.chooseSite(this.isShutOut ? core.heeding(known, declared?.since ?? 0, words) : known)!
    const fault = faultOfChoice(this, current, next)
    if (fault) world.fail(fault)
    this.current = next
  }
}
