/** A homeserver in memory: rooms, events, long polls, transaction ids. As much of Matrix as a relay speaks, and no rights. */
import type { RoomEvent } from '../../src/core/event.ts'
import type { EventId, RoomId, UserId } from '../../src/core/ids.ts'
import { HomeserverError, type Homeserver } from '../../src/server/homeserver.ts'

export type HomeserverPort = Pick<
  Homeserver,
  | 'state'
  | 'stateEvent'
  | 'createFilter'
  | 'sync'
  | 'messages'
  | 'join'
  | 'send'
  | 'setState'
  | 'accountData'
  | 'setAccountData'
>

type Filter = { room: { rooms: RoomId[]; timeline: { limit: number; types: string[] }; state: { types: string[] } } }

/** Two minutes, Synapse's `sync_response_cache_duration`. */
const KEPT = 120_000

export class FakeHomeserver {
  /** Every event that was ever taken, oldest first. */
  readonly events: RoomEvent[] = []
  private readonly invited = new Set<RoomId>()
  private readonly told = new Set<RoomId>()
  readonly joined: RoomId[] = []
  /** Called before each write; throw to refuse it. */
  refuse: (type: string, room: RoomId) => void = () => {}
  /** Syncs that were answered, by their `since`. */
  readonly syncs: (string | null)[] = []
  /** Largest number of timeline events in one sync answer. */
  limit = 100
  /** Events in a page of `/messages`. */
  page = 3
  private readonly now: () => number
  private readonly filters: Filter[] = []
  private readonly transactions = new Map<string, EventId>()
  private readonly own = new Map<string, Record<string, unknown>>()
  /** Answers to first syncs, given again for a while to whoever asks in the same words, as Synapse does. */
  private readonly firstSyncs = new Map<string, { until: number; answer: object }>()
  private silent = false
  private waiting = new Set<() => void>()
  constructor(now: () => number) {
    this.now = now
  }

  get down(): boolean {
    return this.silent
  }
  set down(down: boolean) {
    this.silent = down
    this.wake()
  }

  /** A copy of what it has; called, it puts that back. */
  copy(): () => void {
    const [count, own] = [this.events.length, [...this.own]]
    return () => {
      this.events.length = count
      this.firstSyncs.clear()
      this.own.clear()
      for (const [key, content] of own) this.own.set(key, content)
      this.wake()
    }
  }

  add(room_id: RoomId, sender: UserId, type: string, content: object, state_key?: string, at = this.now()): RoomEvent {
    const event_id = `$${this.events.length}` as EventId
    const event = { event_id, room_id, sender, type, content: content as RoomEvent['content'], origin_server_ts: at }
    const whole: RoomEvent = state_key === undefined ? event : { ...event, state_key }
    this.events.push(whole)
    this.wake()
    return whole
  }

  stateNow(room: RoomId, before = this.events.length): RoomEvent[] {
    const state = this.events.slice(0, before).filter((e) => e.room_id === room && e.state_key !== undefined)
    return [...new Map(state.map((e) => [`${e.type} ${e.state_key}`, e])).values()]
  }

  invite(room: RoomId): void {
    this.invited.add(room)
    this.wake()
  }

  of(room: RoomId, type: string): RoomEvent[] {
    return this.events.filter((e) => e.room_id === room && e.type === type)
  }

  as(user: UserId): HomeserverPort {
    const write = (room: RoomId, type: string, content: object, key?: string): EventId => {
      this.check(`PUT ${type}`)
      this.refuse(type, room)
      return this.add(room, user, type, content, key).event_id
    }
    return {
      state: async (room) => (this.check('GET state'), this.stateNow(room)),
      stateEvent: async (room, type, key = '') => {
        this.check('GET state')
        return this.stateNow(room).find((e) => e.type === type && e.state_key === key) ?? null
      },
      createFilter: async (_user, filter) => {
        this.check('POST filter')
        const known = this.filters.findIndex((one) => JSON.stringify(one) === JSON.stringify(filter))
        return String(known >= 0 ? known : this.filters.push(filter as Filter) - 1)
      },
      sync: (filter, since, wait, signal) => this.sync(Number(filter), since, wait, signal),
      messages: async (room, from, types) => {
        this.check('GET messages')
        const end = from === null ? this.events.length : Number(from.replace('s', ''))
        const past = this.events.slice(0, end).filter((e) => e.room_id === room && types.includes(e.type))
        const events = past.slice(-this.page).toReversed()
        const rest = past.length > this.page ? String(this.events.indexOf(events.at(-1)!)) : null
        return { events, end: rest }
      },
      join: async (room) => {
        this.check('POST join')
        this.invited.delete(room)
        this.joined.push(room)
        this.add(room, user, 'm.room.member', { membership: 'join' }, user)
        return {}
      },
      send: async (room, type, content, txn) => {
        const known = this.transactions.get(`${user} ${txn}`)
        if (known) return (this.check(`PUT ${type}`), known)
        const id = write(room, type, content)
        this.transactions.set(`${user} ${txn}`, id)
        return id
      },
      setState: async (room, type, key, content) => {
        const now = this.stateNow(room).find((e) => e.type === type && e.state_key === key)
        if (now && JSON.stringify(now.content) === JSON.stringify(content)) return now.event_id
        return write(room, type, content, key)
      },
      accountData: async (_user, type) => (this.check('GET account_data'), this.own.get(`${user} ${type}`) ?? null),
      setAccountData: async (_user, type, content) => {
        this.check('PUT account_data')
        this.own.set(`${user} ${type}`, { ...content })
      },
    }
  }

  private check(what: string): void {
    if (this.silent) throw new HomeserverError(what, 0, { error: 'connection refused' })
  }

  private wake(): void {
    for (const run of this.waiting) run()
    this.waiting.clear()
  }

  private async sync(filter: number, since: string | null, wait: number, signal: AbortSignal) {
    this.check('GET sync')
    const untold = [...this.invited].some((room) => !this.told.has(room))
    const from = since === null ? 0 : Number(since.slice(1))
    if (wait > 0 && since !== null && from === this.events.length && !untold) {
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      if (signal.aborted) throw new HomeserverError('GET sync', 0, { error: 'aborted' })
      this.check('GET sync')
    }
    this.syncs.push(since)
    const key = `${filter} ${wait}`
    const kept = this.firstSyncs.get(key)
    if (since === null && kept && this.now() < kept.until) return { ...kept.answer }
    const { rooms, timeline, state } = this.filters[filter]!.room
    // As Synapse does with rooms of version 12, in a sync that names rooms.
    const told = (e: RoomEvent) => e.type !== 'm.room.create'
    const join = Object.fromEntries(
      rooms.flatMap((room) => {
        const all = this.events
          .slice(from)
          .filter((e) => e.room_id === room && timeline.types.includes(e.type) && told(e))
        const fresh = all.slice(-this.limit)
        const start = fresh[0] ? this.events.indexOf(fresh[0]) : this.events.length
        const before = this.stateNow(room, start).filter((e) => state.types.includes(e.type) && told(e))
        const section = since === null ? before : before.filter((e) => this.events.indexOf(e) >= from)
        if (!fresh.length && !section.length) return []
        const limited = all.length > fresh.length
        return [[room, { state: { events: section }, timeline: { events: fresh, limited } }]]
      }),
    )
    const invited = [...this.invited].filter((room) => since === null || !this.told.has(room))
    for (const room of invited) this.told.add(room)
    const invite = Object.fromEntries(invited.map((room) => [room, {}]))
    const answer = { next_batch: `s${this.events.length}`, rooms: { join, invite, leave: {} } }
    if (since === null) this.firstSyncs.set(key, { until: this.now() + KEPT, answer })
    return answer
  }
}
