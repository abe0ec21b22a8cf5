/**
 * Homeservers with the state of a few rooms: what one has not seen when it writes stands beside it as a fork, until both
 * are known; then the later one by the servers' clocks counts (Matrix, state resolution of version 2).
 */
import type { ActiveSite } from '../../../src/core/failover.ts'
import type { SiteId } from '../../../src/core/ids.ts'
import type { Proposal } from '../../../src/core/proposal.ts'

/** The room of the crisis team, where proposals stand. */
export const LAGE = '!lage'

export interface StateEvent<T = ActiveSite | Proposal> {
  id: string
  room: string
  /** By the clock of the homeserver that made it. */
  ts: number
  /** Really, for reports. */
  at: number
  content: T
  /** All that its homeserver had of this room when it was made. */
  past: ReadonlySet<StateEvent>
}

/** An alert as a room has it; `cancels`: a revision that withdraws it. */
export interface Told {
  room: string
  id: string
  cancels: boolean
  of: ActiveSite
}

export class Homeserver {
  readonly id: SiteId
  burnt = false
  /** How many faults keep it from answering. */
  private stopped = 0
  /** Newest events of each room; more than one: a fork. */
  private readonly heads = new Map<string, StateEvent[]>()
  readonly known = new Set<StateEvent>()
  /** What counts in each room. */
  private readonly current = new Map<string, StateEvent>()
  /** How often that has changed. */
  changes = 0
  readonly told = new Map<string, Told>()

  constructor(id: SiteId) {
    this.id = id
  }

  get up(): boolean {
    return this.stopped === 0 && !this.burnt
  }

  stop(by: 1 | -1): void {
    this.stopped += by
  }

  mend(): void {
    this.stopped = 0
  }

  burn(): void {
    this.burnt = true
  }

  /** What counts in a room. */
  state(room: string): StateEvent | null {
    return this.current.get(room) ?? null
  }

  write(event: Omit<StateEvent, 'past'>): StateEvent {
    const past = new Set<StateEvent>()
    for (const head of this.heads.get(event.room) ?? []) {
      past.add(head)
      for (const older of head.past) past.add(older)
    }
    const made = { ...event, past }
    this.take(made)
    return made
  }

  private take(event: StateEvent): void {
    if (this.known.has(event)) return
    this.known.add(event)
    const heads = (this.heads.get(event.room) ?? []).filter((head) => !event.past.has(head))
    if (!heads.some((head) => head.past.has(event))) heads.push(event)
    this.heads.set(event.room, heads)
    this.current.set(
      event.room,
      heads.reduce((a, b) => (b.ts > a.ts || (b.ts === a.ts && b.id > a.id) ? b : a)),
    )
    this.changes += 1
  }

  tell(alert: Told): void {
    this.told.set(`${alert.room} ${alert.id} ${alert.cancels}`, alert)
  }

  /** Everything that another one has. */
  catchUp(from: Homeserver): void {
    for (const event of from.known) this.take(event)
    for (const [key, alert] of from.told) this.told.set(key, alert)
  }
}
