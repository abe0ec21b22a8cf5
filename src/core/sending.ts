/**
 * Sends what the drain has found due, and writes down what became of it. Each step is decided inside one transaction of
 * the store: what another window or the person has done meanwhile is neither lost nor undone (OUT-21).
 */
import { advance } from './advance.ts'
import { lookFirst, txnId, type Failure, type OutboxEvent, type OutboxItem } from './outbox.ts'
import type { EventPayload, Work } from './next-work.ts'
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
/** What a look back through a room has found: the event; that it is not there; or nothing so far, and where it goes on. */
export type Found = Sent | 'absent' | { from: string }
/** The homeserver of the site in use. Nothing here throws: a failure is a value. */
export interface EventGate {
  readonly site: SiteId
  /** `state_key`: as state of the room. The same state again makes no second event, with whatever `txn`. */
  send(room: RoomId, type: string, content: Record<string, unknown>, txn: string, state_key?: string): Promise<Sent>
  /** Whether this homeserver has the event; null when it did not say. */
  has(room: RoomId, event_id: EventId): Promise<boolean | null>
  /** Looks a part of the way back, the newest or what comes before `from`, for what this person has sent after `since`, ms. */
  find(room: RoomId, type: string, client_id: ClientId, since: number, from?: string): Promise<Found>
}

export type Registration = { id: string; site: SiteId } | { id: string; failure: Failure }

/** The relays. One result for each response. */
export interface ResponseGate {
  register(responses: Response[]): Promise<Registration[]>
}

export interface SendingPorts {
  store: OutboxStore
  responses: ResponseGate
  now: () => number
  random: () => number
  /** An item moved. */
  changed: () => void
}

/** What was sent may bear an earlier time at a homeserver than here. */
const CLOCKS_DIFFER_MS = 25 * 3600_000

export function sendingWith(ports: SendingPorts) {
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

  /** Looks all the way back: before that nothing is called absent, however much was said since (OUT-19). */
  async function lookFor(gate: EventGate, { client_id, created }: OutboxItem, payload: EventPayload) {
    const since = created - CLOCKS_DIFFER_MS
    let found: Found = await gate.find(payload.room, payload.type, client_id, since)
    while (typeof found === 'object' && 'from' in found)
      found = await gate.find(payload.room, payload.type, client_id, since, found.from)
    return found
  }

  /** What may have arrived earlier is looked for before it goes out again (OUT-19). */
  async function deliver(gate: EventGate, item: OutboxItem, payload: EventPayload): Promise<Sent> {
    const look = lookFirst(item, gate.site, ports.now())
    const found = look === 'no' ? 'absent' : await lookFor(gate, item, payload)
    // Where it may be, it waits for an answer; where it was never tried, one is welcome.
    if (found !== 'absent' && ('event_id' in found || look === 'must')) return found
    return gate.send(payload.room, payload.type, payload.content, txnId(item), payload.state_key)
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

  return { record, sendResponses, sendEvent, check }
}
