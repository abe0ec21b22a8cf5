/** What must hold in every world, found out by other means than the core's own. */
import type { ActiveSite } from '../../../src/core/failover.ts'
import type { SiteId } from '../../../src/core/ids.ts'
import type { Proposal } from '../../../src/core/proposal.ts'
import type { Move } from '../../../src/core/switching.ts'
import { LAGE, type Homeserver } from './homeserver.ts'
import { CONFIRM_S, INTERVAL, PATIENCE } from './pace.ts'
import type { Phone } from './phone.ts'
import type { Watcher } from './watcher.ts'
import type { World } from './world.ts'

/** SITE-4 */
function latestOf(declared: readonly ActiveSite[]): ActiveSite | null {
  let latest: ActiveSite | null = null
  for (const one of declared)
    if (!latest || one.since > latest.since || (one.since === latest.since && one.site > latest.site)) latest = one
  return latest
}

/** What a homeserver's alert rooms declare. */
export function declaredAt(world: World, homeserver: Homeserver): ActiveSite | null {
  const known = read.get(homeserver)
  if (known?.changes === homeserver.changes) return known.latest
  const all = world.rooms.flatMap((room) => (homeserver.state(room)?.content as ActiveSite | undefined) ?? [])
  const latest = latestOf(all)
  read.set(homeserver, { changes: homeserver.changes, latest })
  return latest
}
const read = new WeakMap<Homeserver, { changes: number; latest: ActiveSite | null }>()

/** What most of the configured monitors see, as far as this one can read them (SITE-1, SITE-3). */
function mostSee({ heard, world }: Watcher, site: SiteId, state: 'up' | 'down'): boolean {
  const { monitors } = world.schedule
  let count = 0
  for (const { id, eyes } of heard) if (monitors.includes(id) && eyes[site]!.state === state) count += 1
  return count > monitors.length / 2
}

/** SITE-5, SWITCH-6: where people shall go; null: nowhere for now. */
function successorOf(watcher: Watcher, from: SiteId, closed: readonly SiteId[]): SiteId | null {
  if (!mostSee(watcher, from, 'down')) return null
  for (const { id } of watcher.world.homeservers) {
    if (id === from || closed.includes(id) || mostSee(watcher, id, 'down')) continue
    return mostSee(watcher, id, 'up') ? id : null
  }
  return null
}

/** SWITCH-17: managers have declined, and most monitors have not seen the site fall anew since a homeserver took that. */
function isDeclined({ heard, world, homeserver }: Watcher, said: ActiveSite | null): boolean {
  if (said?.declines === undefined) return false
  let taken = Infinity
  for (const { room, content, ts } of homeserver!.known)
    if (room !== LAGE && (content as ActiveSite).since === said.since && ts < taken) taken = ts
  const { monitors } = world.schedule
  let fell = 0
  for (const { id, eyes } of heard) {
    const eye = eyes[said.site]!
    if (monitors.includes(id) && eye.state === 'down' && eye.fellAt > taken) fell += 1
  }
  return fell <= monitors.length / 2
}

/** Another relay that it can read, and whose homeserver most do not see down, goes by a later declaration of a third site that is up. */
function aheadOf(watcher: Watcher, { from, to }: Move, since: number): Watcher | undefined {
  return watcher.heard.find(({ homeserver, id, declared }) => {
    if (!homeserver || !declared || declared.since <= since || mostSee(watcher, id, 'down')) return false
    return declared.site !== from && declared.site !== to && mostSee(watcher, declared.site, 'up')
  })
}

/** The latest that a relay can know of when it has asked its homeserver: that may have been declared before in another room. */
export const knownTo = ({ world, declared }: Watcher, homeserver: Homeserver): ActiveSite | null =>
  latestOf([declaredAt(world, homeserver), declared].filter((one) => one !== null))

/** What is wrong with a move that a relay makes or proposes; `said` is what it replaces. Null: nothing. */
export function faultOfMove(watcher: Watcher, move: Move, said: ActiveSite | null): string | null {
  const { world, id } = watcher
  const { from, to } = move
  const active = said?.site ?? world.schedule.sites[0]!
  if (from !== active) return `SITE-13 ${id} moves away from ${from}, and ${active} is active`
  if (!mostSee(watcher, from, 'down')) return `SITE-1 ${id} moves away from ${from} without a majority`
  if (isDeclined(watcher, said)) return `SWITCH-17 ${id} moves away from ${from}, and managers have declined`
  if (said?.closed.includes(to)) return `SWITCH-6 ${id} moves to ${to}, which is closed`
  const next = successorOf(watcher, from, said?.closed ?? [])
  if (next !== to) return `SITE-5 ${id} moves from ${from} to ${to}, not to ${String(next)}`
  const ahead = aheadOf(watcher, move, said?.since ?? 0)
  return ahead ? `SITE-13 ${id} moves from ${from} to ${to} though ${ahead.id} goes by ${ahead.declared!.site}` : null
}

/** A declaration made by a relay, noted when its homeserver has taken it. */
export function noteDeclaration({ world, id }: Watcher, content: ActiveSite, replaced: ActiveSite | null): void {
  const { mode } = world.schedule
  if (mode === 'confirm' || world.isUnsound) world.fail(`SITE-7 ${id} declares by itself`)
  if (replaced && content.since <= replaced.since)
    world.fail(`SITE-13 ${id} declares what is not later than what it replaces`)
  world.byRelays.push({ content, replaced })
}

/** Rounds of a relay after which it has declared, or proposed, what is due, whoever should have spoken first. */
const BOUND = PATIENCE / INTERVAL + 3
/** Rounds more, in all, for a proposal that has stood: what a site had proposed that was alone may take its place, and it is made anew. */
const ANEW = 3
const CONFIRM = (CONFIRM_S * 1000) / INTERVAL + 3

/** For how many rounds a relay has known that a move is due, its own requests to a slow homeserver left out. */
export class Waiting {
  private key = ''
  rounds = 0
  /** Its proposal has stood. */
  private stood = false
  /** Rounds beyond the bound in which it did not stand. */
  private missed = 0

  end(key = ''): void {
    this.key = key
    this.rounds = 0
    this.stood = false
    this.missed = 0
  }

  /** What is wrong with it; null: nothing. Asked once in each round; `busy`: an earlier one is still under way. */
  faultOf(watcher: Watcher, busy: boolean): string | null {
    const { world, homeserver } = watcher
    if (world.isUnsound) return null
    const said = declaredAt(world, homeserver!)
    const from = said?.site ?? world.schedule.sites[0]!
    const to = successorOf(watcher, from, said?.closed ?? [])
    const waits = to === null || isDeclined(watcher, said) || aheadOf(watcher, { from, to }, said?.since ?? 0)
    const key = waits ? '' : `${from} ${to} ${said?.since ?? 0}`
    if (key === '' || key !== this.key) this.end(key)
    else if (!busy) this.rounds += 1
    const { mode, skew } = world.schedule
    const proposal = homeserver!.state(LAGE)?.content as Proposal | undefined
    const stands = proposal?.state === 'open' && proposal.from === from && proposal.to === to
    this.stood ||= stands
    if (this.rounds <= BOUND) return null
    if (mode === 'automatic') return `SITE-5 ${watcher.id} knows and nobody declares ${to} in the place of ${from}`
    if (!stands && !busy) this.missed += 1
    if (this.missed > (this.stood ? ANEW : 0))
      return `SWITCH-5 ${watcher.id} knows and nobody proposes ${to} in the place of ${from}`
    const late = mode !== 'confirm' && this.rounds > BOUND + CONFIRM && Object.values(skew).every((by) => by === 0)
    return late ? `SWITCH-5 nobody has confirmed ${to} in the place of ${from}, and nobody declares it` : null
  }
}

/** SITE-8, SITE-9: what is wrong with a phone's choice; null: nothing. */
export function faultOfChoice(phone: Phone, before: SiteId, after: SiteId): string | null {
  const said = latestOf([...phone.declarations(), ...phone.heard])
  const isOpen = (site: SiteId) => !said?.closed.includes(site)
  const answers = (site: SiteId) => phone.eyes[site]!.state === 'up'
  const usable = (site: SiteId) => isOpen(site) && answers(site)
  if (phone.cutOff && before !== after) return `SITE-9 ${phone.id} goes to ${after} because its own network is gone`
  if (after !== before && !usable(after)) return `SITE-8 ${phone.id} goes to ${after}, which is closed or silent`
  if (said && after !== said.site && usable(said.site)) return `SITE-8 ${phone.id} is at ${after}, not at ${said.site}`
  if (after !== before && after !== said?.site && usable(before)) return `SITE-8 ${phone.id} leaves ${before}`
  if (!isOpen(after) && phone.world.schedule.sites.some(usable)) return `SITE-8 ${phone.id} stays at ${after}: closed`
  return null
}

/** SITE-6: one incident is one move; and relays make the same of the same declaration, of which there are copies. */
function judgeIncidents(world: World): void {
  const moves = new Map<string, string>()
  for (const { content } of world.declarations) {
    const { incident, from, site } = content
    if (incident === undefined) continue
    const move = `${from} to ${site}`
    const known = moves.get(incident) ?? move
    if (known !== move) world.fail(`SITE-6 one incident is a move from ${known}, and from ${move}`)
    moves.set(incident, move)
  }
  const byRelays = world.byRelays.map(({ content: { from, site, incident }, replaced }) => ({
    move: `${from} to ${site} after ${replaced?.incident ?? replaced?.since}`,
    incident,
  }))
  for (const [i, x] of byRelays.entries())
    for (const y of byRelays.slice(i + 1)) {
      if (x.move === y.move && x.incident !== y.incident) world.fail(`SITE-6 ${x.move} has two incidents`)
      if (x.move !== y.move && x.incident === y.incident) world.fail(`SITE-6 ${x.move} and ${y.move} are one incident`)
    }
}

/** After a world has come to rest. */
export function judge(world: World): string[] {
  judgeIncidents(world)
  // No relay starts with a file that it must not follow.
  if (world.isUnsound) return [...new Set(world.faults)]
  const alive = world.homeservers.filter((h) => !h.burnt)
  const said = declaredAt(world, alive[0]!)
  const active = said?.site ?? world.schedule.sites[0]!
  const isSure =
    world.watchers.filter((w) => !w.burnt && world.schedule.monitors.includes(w.id)).length >
    world.schedule.monitors.length / 2
  const lives = alive.some((h) => h.id === active)
  for (const homeserver of alive) {
    for (const room of world.rooms) {
      const there = homeserver.state(room)?.content as ActiveSite
      if (there.since !== said?.since || there.site !== said.site)
        world.fail(`SITE-14 ${room} at ${homeserver.id} declares ${there.site}, not ${said?.site}`)
      if (said?.incident === undefined || !said.from || said.from === said.site) continue
      const told = [...homeserver.told.values()].filter((t) => t.room === room)
      if (!told.some((t) => t.id === said.incident || t.id === said.corrects))
        world.fail(`SITE-14 ${room} at ${homeserver.id} was not told of ${said.from} to ${said.site}`)
    }
    const proposal = homeserver.state(LAGE)?.content as Proposal | undefined
    // Where most monitors burned nobody can be sure any more.
    if (
      isSure &&
      proposal?.state === 'open' &&
      (proposal.from !== active || lives || said?.declines === proposal.incident)
    )
      world.fail(`SWITCH-5 a proposal to leave ${proposal.from} stands at ${homeserver.id}`)
  }
  if (lives)
    for (const phone of world.phones)
      // What only a phone knows burned with the site that had declared it; it may be of the same moment (SITE-4).
      if (phone.current !== active && !said?.closed.includes(active) && latestOf([said!, phone.declared!]) === said)
        world.fail(`SITE-8 ${phone.id} has come to rest at ${phone.current}, not at ${active}`)
  return [...new Set(world.faults)]
}
