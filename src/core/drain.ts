/** Drains the outbox: takes due work, sends it through the ports, writes down what became of it. One runs per device. */
import {
  advance,
  isDone,
  nextDue,
  nextWork,
  toCheck,
  txnId,
  type Failure,
  type OutboxEvent,
  type OutboxItem,
  type Work,
} from './outbox.ts'
import type { Response } from './response.ts'
import type { ClientId, EventId, RoomId, SiteId } from './ids.ts'

/** Durable store of items. `put` resolves when the item survives a power cut. */
export interface OutboxStore {
  all(): Promise<OutboxItem[]>
  put(items: OutboxItem[]): Promise<void>
  remove(ids: ClientId[]): Promise<void>
}

/** The homeserver of the site in use. Nothing here throws: a failure is a value. */
export interface EventGate {
  readonly site: SiteId
  send(room: RoomId, type: string, content: Record<string, unknown>, txn: string): Promise<{ event_id: EventId } | { failure: Failure }>
  /** Whether this homeserver has the event; null when it did not say. */
  has(room: RoomId, event_id: EventId): Promise<boolean | null>
}

export type Registration = { id: string; site: SiteId } | { id: string; failure: Failure }

/** The relays. One result for each response. */
export interface ResponseGate {
  register(responses: Response[]): Promise<Registration[]>
}

export interface DrainPorts {
  store: OutboxStore
  /** The gate of the site in use; null while there is none. */
  events: () => EventGate | null
  responses: ResponseGate
  now: () => number
  random: () => number
  /** Calls back once, at or after `at` (ms); returns the cancel. */
  at: (at: number, run: () => void) => () => void
  /** An item moved. */
  changed: () => void
  /** The store itself failed; nothing was lost, nothing goes out until the next `poke`. */
  trouble: (error: unknown) => void
}

export interface Drain {
  /** Look for work now: something was written, or a timer ran out. */
  poke(): void
  /** Something answered, or the person asked: waiting items are due again (OUT-5). */
  wake(): void
  /** Ends after the work that is out. */
  stop(): Promise<void>
}

export function startDrain(ports: DrainPorts): Drain {
  let running: Promise<void> | null = null
  let again = false
  let waking = false
  let stopped = false
  let cancelTimer = () => {}

  async function record(item: OutboxItem, event: OutboxEvent): Promise<OutboxItem> {
    const next = advance(item, event, ports.now(), ports.random())
    if (next !== item) {
      await ports.store.put([next])
      ports.changed()
    }
    return next
  }

  async function sendResponses(items: OutboxItem[]): Promise<void> {
    const started = await Promise.all(items.map((i) => record(i, { type: 'started' })))
    const responses = started.flatMap((i) => (i.payload.kind === 'response' ? [i.payload.response] : []))
    const results = new Map((await ports.responses.register(responses)).map((r) => [r.id, r]))
    for (const item of started) {
      const result = item.payload.kind === 'response' ? results.get(item.payload.response.id) : undefined
      if (result && 'site' in result) await record(item, { type: 'taken', site: result.site })
      else await record(item, { type: 'failed', failure: result?.failure ?? { fate: 'wait', reason: 'server' } })
    }
  }

  async function sendEvent(gate: EventGate, { item, payload }: Extract<Work, { kind: 'event' }>): Promise<void> {
    const started = await record(item, { type: 'started' })
    const result = await gate.send(payload.room, payload.type, payload.content, txnId(item))
    if ('event_id' in result) await record(started, { type: 'taken', site: gate.site, event_id: result.event_id })
    else await record(started, { type: 'failed', failure: result.failure })
  }

  async function check(gate: EventGate, items: OutboxItem[]): Promise<void> {
    for (const item of toCheck(items, gate.site, ports.now())) {
      if (item.payload.kind !== 'event') continue
      const has = await gate.has(item.payload.room, item.event_id)
      if (has !== null) await record(item, { type: 'checked', has })
    }
  }

  async function round(): Promise<void> {
    const gate = ports.events()
    let items = await ports.store.all()
    if (waking) {
      waking = false
      items = await Promise.all(items.map((i) => record(i, { type: 'woken' })))
    }
    const done = items.filter((i) => isDone(i, ports.now()))
    if (done.length) await ports.store.remove(done.map((i) => i.client_id))
    if (gate) await check(gate, items)
    const work = nextWork(await ports.store.all(), ports.now())
    const jobs = work.flatMap((w) => {
      if (w.kind === 'responses') return [sendResponses(w.items)]
      return gate ? [sendEvent(gate, w)] : []
    })
    if (jobs.length) again = true
    await Promise.all(jobs)
  }

  function schedule(items: OutboxItem[]): void {
    const due = nextDue(items, ports.now())
    if (due !== null && !stopped) cancelTimer = ports.at(due, poke)
  }

  function poke(): void {
    if (stopped) return
    again = true
    running ??= (async () => {
      cancelTimer()
      while (again && !stopped) {
        again = false
        await round()
      }
      schedule(await ports.store.all())
    })()
      .catch(ports.trouble)
      .finally(() => {
        running = null
      })
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
      await running
    },
  }
}
