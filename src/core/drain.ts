/**
 * Drains the outbox: looks through it whenever something may be due, and starts what is. One runs per device; where a
 * frozen window wakes beside the one that took over, two do no harm. Requests are out side by side, at most one a room,
 * so a stuck one holds up nothing else (OUT-3).
 */
import type { OutboxItem } from './outbox.ts'
import { isDone, nextDue, nextWork, type Work } from './next-work.ts'
import { sendingWith, type EventGate, type SendingPorts } from './sending.ts'
import type { ClientId } from './ids.ts'

export interface DrainPorts extends SendingPorts {
  /** The gate of the site in use; null while there is none. After a change: `poke`. */
  events: () => EventGate | null
  /** Calls back once, at or after `at` (ms); returns the cancel. */
  at: (at: number, run: () => void) => () => void
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

export function startDrain(ports: DrainPorts): Drain {
  const { record, sendResponses, sendEvent, check } = sendingWith(ports)
  /** Items whose request is out, and the jobs that wait for them. */
  const out = new Set<ClientId>()
  const jobs = new Set<Promise<void>>()
  let checks = 0
  let looking: Promise<void> | null = null
  let again = false
  /** Signs of life so far, and how many have woken what waits: only a look that began after a sign knows all of that. */
  let [signs, heeded] = [0, 0]
  let stopped = false
  let cancelTimer = () => {}

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
    const asked = signs
    const gate = ports.events()
    const all = await ports.store.all()
    const free = (item: OutboxItem) => !before.has(item.client_id) && !out.has(item.client_id)
    const orphans = all.filter((i) => free(i) && i.delivery.state === 'sending')
    if (orphans.length) {
      // Also where nothing was changed: then another window has moved them on, and what was read here is old.
      await record(orphans, { type: 'orphaned' })
      again = true
      return
    }
    const done = all.filter((i) => isDone(i, ports.now())).map((i) => i.client_id)
    if (done.length) await ports.store.change(done, (item) => (isDone(item, ports.now()) ? null : item))
    if (asked > heeded) {
      await record(all.filter(free), { type: 'woken' })
      heeded = asked
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
      signs += 1
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
