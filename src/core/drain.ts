/**
 * Drains the outbox: takes due work, sends it through the ports, writes down what became of it. One runs per device;
 * where a frozen window wakes beside the one that took over, two do no harm: what becomes of an item is decided inside
 * one transaction of the store. Requests are out side by side, at most one a room, so a stuck one holds up nothing else
 * (OUT-3).
 */
import { advance, lookFirst, txnId, type Failure, type OutboxEvent, type OutboxItem } from './outbox.ts'
import { isDone, nextDue, nextWork, type EventPayload, type Work } from './next-work.ts'
import type { Response } from './response.ts'
import type { ClientId, EventId, RoomId, SiteId } from './ids.ts'

/** Durable store of items. */
export interface OutboxStore {
  all(): Promise<OutboxItem[]>
  /**
   * Reads those of the items that are there, lets `step` decide, and writes, all in one transaction: nothing that another
   * window has done meanwhile is lost (OUT-21). The same object leaves an item as it is, null removes it. Resolves, when
   * all survives a power cut, with the items that were changed, as they are now.
   */
  change(ids: readonly ClientId[], step: (item: OutboxItem) => OutboxItem | null): Promise<OutboxItem[]>
}

export type Sent = { event_id: EventId } | { failure: Failure }
/** The homeserver of the site in use. Nothing here throws: a failure is a value. */
export interface EventGate {
  readonly site: SiteId
  send(room: RoomId, type: string, content: Record<string, unknown>, txn: string): Promise<Sent>
  /** Whether this homeserver has the event; null when it did not say. */
  has(room: RoomId, event_id: EventId): Promise<boolean | null>
  /** Looks for what this person has sent there after `since`, ms, with this client id; null when it cannot be said. */
  find(room: RoomId, type: string, client_id: ClientId, since: number): Promise<EventId | 'absent' | null>
}

export type Registration = { id: string; site: SiteId } | { id: string; failure: Failure }

/** The relays. One result for each response. */
export interface ResponseGate {
  register(responses: Response[]): Promise<Registration[]>
}

export interface DrainPorts {
  store: OutboxStore
  /** The gate of the site in use; null while there is none. After a change: `poke`. */
  events: () => EventGate | null
  responses: ResponseGate
  now: () => number
  random: () => number
  /** Calls back once, at or after `at` (ms); returns the cancel. */
  at: (at: number, run: () => void) => () => void
  /** An item moved. */
  changed: () => void
  /** The store itself failed; nothing was lost, and the drain tries again in half a minute or at the next `poke`. */
  trouble: (error: unknown) => void
}

export interface Drain {
  /** Look for work now: something was written, the site changed, or a timer ran out. */
  poke(): void
  /** Something answered, or the person asked: waiting items are due again (OUT-5). */
  wake(): void
  /** Ends after the work that is out. */
  stop(): Promise<void>
}

/** Most questions for taken events that are out at once: a browser opens six connections to a host. */
const CHECKS_AT_ONCE = 4
const AFTER_TROUBLE_MS = 30_000
/** What was sent may bear an earlier time at a homeserver than here. */
const CLOCKS_DIFFER_MS = 25 * 3600_000

export function startDrain(ports: DrainPorts): Drain {
  /** Items whose request is out, and the jobs that wait for them. */
  const out = new Set<ClientId>()
  const jobs = new Set<Promise<void>>()
  let checks = 0
  let looking: Promise<void> | null = null
  let again = false
  let waking = false
  let stopped = false
  let cancelTimer = () => {}

  /** Those that moved, as they are now. */
  async function record(items: OutboxItem[], event: OutboxEvent): Promise<OutboxItem[]> {
    const ids = items.map((item) => item.client_id)
    const moved = await ports.store.change(ids, (item) => advance(item, event, ports.now(), ports.random()))
    if (moved.length) ports.changed()
    return moved
  }

  async function sendResponses(items: OutboxItem[]): Promise<void> {
    const begun = await record(items, { type: 'started' })
    const responses = begun.flatMap((i) => (i.payload.kind === 'response' ? [i.payload.response] : []))
    if (responses.length === 0) return
    const results = new Map((await ports.responses.register(responses)).map((r) => [r.id, r]))
    for (const item of begun) {
      const result = item.payload.kind === 'response' ? results.get(item.payload.response.id) : undefined
      if (result && 'site' in result) await record([item], { type: 'taken', site: result.site })
      else await record([item], { type: 'failed', failure: result?.failure ?? { fate: 'wait', reason: 'server' } })
    }
  }

  /** What may have arrived earlier is looked for before it goes out again (OUT-19). */
  async function deliver(gate: EventGate, item: OutboxItem, payload: EventPayload): Promise<Sent> {
    const look = lookFirst(item, gate.site, ports.now())
    if (look !== 'no') {
      const since = item.created - CLOCKS_DIFFER_MS
      const found = await gate.find(payload.room, payload.type, item.client_id, since)
      if (found !== null && found !== 'absent') return { event_id: found }
      if (found === null && look === 'must') return { failure: { fate: 'wait', reason: 'network', unsent: true } }
    }
    return gate.send(payload.room, payload.type, payload.content, txnId(item))
  }

  async function sendEvent(gate: EventGate, snapshot: OutboxItem): Promise<void> {
    // As it is on the disk in this moment: the person may have changed its words, or another window has it out.
    const [item] = await record([snapshot], { type: 'started', site: gate.site })
    if (item?.payload.kind !== 'event') return
    const result = await deliver(gate, item, item.payload)
    if ('event_id' in result) await record([item], { type: 'taken', site: gate.site, event_id: result.event_id })
    else await record([item], { type: 'failed', failure: result.failure })
  }

  async function check(gate: EventGate, { item, payload, event_id }: Extract<Work, { kind: 'check' }>): Promise<void> {
    const has = await gate.has(payload.room, event_id)
    await record([item], { type: 'checked', site: gate.site, has })
  }

  function trouble(error: unknown): void {
    ports.trouble(error)
    cancelTimer()
    if (!stopped) cancelTimer = ports.at(ports.now() + AFTER_TROUBLE_MS, poke)
  }

  function start(items: OutboxItem[], job: () => Promise<void>): void {
    for (const item of items) out.add(item.client_id)
    const settled = () => {
      for (const item of items) out.delete(item.client_id)
      jobs.delete(running)
    }
    const running: Promise<void> = job().then(
      () => {
        settled()
        poke()
      },
      (error: unknown) => {
        settled()
        trouble(error)
      },
    )
    jobs.add(running)
  }

  function begin(work: Work, gate: EventGate | null): void {
    switch (work.kind) {
      case 'responses':
        return start(work.items, () => sendResponses(work.items))
      case 'event':
        return gate ? start([work.item], () => sendEvent(gate, work.item)) : undefined
      case 'check':
        if (!gate || checks >= CHECKS_AT_ONCE) return
        checks += 1
        return start([work.item], () => check(gate, work).finally(() => (checks -= 1)))
      default:
        return work satisfies never
    }
  }

  /** One look at the whole outbox. What is out is left alone, also if it ended while the store was read. */
  async function look(): Promise<void> {
    const before = new Set(out)
    const gate = ports.events()
    const all = await ports.store.all()
    const free = (item: OutboxItem) => !before.has(item.client_id) && !out.has(item.client_id)
    const orphans = all.filter((i) => free(i) && i.delivery.state === 'sending')
    if (orphans.length && (await record(orphans, { type: 'orphaned' })).length) {
      again = true
      return
    }
    const done = all.filter((i) => isDone(i, ports.now())).map((i) => i.client_id)
    if (done.length) await ports.store.change(done, (item) => (isDone(item, ports.now()) ? null : item))
    if (waking) {
      waking = false
      await record(all.filter(free), { type: 'woken' })
      again = true
      return
    }
    if (stopped) return
    const [now, site] = [ports.now(), gate?.site ?? null]
    for (const work of nextWork(all, now, site)) {
      if (work.kind !== 'responses' && free(work.item)) begin(work, gate)
      const responses = work.kind === 'responses' ? work.items.filter(free) : []
      if (responses.length) begin({ kind: 'responses', items: responses }, gate)
    }
    const due = nextDue(all, now, site)
    cancelTimer()
    cancelTimer = due === null ? () => {} : ports.at(due, poke)
  }

  async function lookWhileAsked(): Promise<void> {
    try {
      while (again && !stopped) {
        again = false
        await look()
      }
    } catch (error) {
      trouble(error)
    } finally {
      // In the same step as the last look at `again`: a poke in between would be lost.
      looking = null
    }
  }

  function poke(): void {
    if (stopped) return
    again = true
    looking ??= lookWhileAsked()
  }

  return {
    poke,
    wake() {
      waking = true
      poke()
    },
    async stop() {
      stopped = true
      cancelTimer()
      await looking
      await Promise.all(jobs)
    },
  }
}
