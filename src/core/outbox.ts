/**
 * The outbox: what a person has said and the network has not yet taken. An item moves through `Delivery` and never
 * goes back a step on the screen. Rules OUT-* in docs/spec.md. Everything here is pure; `drain.ts` does it.
 */
import type { Response } from './response.ts'
import type { ClientId, EventId, PersonId, RoomId, SiteId } from './ids.ts'

export type Payload =
  | { kind: 'event'; room: RoomId; type: string; content: Record<string, unknown> }
  | { kind: 'response'; response: Response }

/** Why an item will be tried again by itself. */
export type WaitReason = 'network' | 'server' | 'busy' | 'signed_out'
/** Why an item will not heal by itself. */
export type RefuseReason = 'forbidden' | 'too_large' | 'unknown_room' | 'unknown_alert' | 'encrypted' | 'invalid'

export type Delivery =
  | { state: 'saved' }
  | { state: 'sending' }
  | { state: 'waiting'; reason: WaitReason; until: number }
  | { state: 'taken'; site: SiteId; at: number; event_id?: EventId; passed_on: PassedOn }
  | { state: 'refused'; reason: RefuseReason; at: number }
/** Taken is not yet safe: whether the other site has it too. `again` = it did not, and the item goes out once more. */
export type PassedOn = 'unknown' | 'yes' | 'again'

export interface OutboxItem {
  client_id: ClientId
  person: PersonId
  /** Rises with every item of this device; order within a room. */
  seq: number
  created: number
  attempts: number
  payload: Payload
  delivery: Delivery
}

/** The kind of a failure decides its fate (OUT-4): wait for a while, or refuse for good. */
export type Failure =
  | { fate: 'wait'; reason: WaitReason; retry_after_ms?: number }
  | { fate: 'refuse'; reason: RefuseReason }

export type OutboxEvent =
  | { type: 'started' }
  | { type: 'taken'; site: SiteId; event_id?: EventId }
  | { type: 'failed'; failure: Failure }
  /** The site in use was asked for a taken item: it has it, or it has not. */
  | { type: 'checked'; has: boolean }
  /** The network showed a sign of life, or the person asked for it. */
  | { type: 'woken' }
  | { type: 'retried' }

/** After this long a taken item is forgotten. */
export const KEEP_TAKEN_MS = 24 * 3600_000
const BASE_MS = 1_000
const CAP_MS = 30_000

/** Full jitter (AWS, "Exponential Backoff And Jitter"): a random time up to the doubling cap, in ms. */
export function backoff(attempts: number, random: number): number {
  return Math.round(random * Math.min(CAP_MS, BASE_MS * 2 ** Math.max(0, attempts - 1)))
}

/** The item after `event`; the same object where the event changes nothing. `random` in [0, 1). */
export function advance(item: OutboxItem, event: OutboxEvent, now: number, random: number): OutboxItem {
  const d = item.delivery
  switch (event.type) {
    case 'started':
      if (d.state === 'taken' || d.state === 'refused') return item
      return { ...item, attempts: item.attempts + 1, delivery: { state: 'sending' } }
    case 'taken': {
      if (d.state === 'taken' && d.passed_on !== 'again') return item
      const delivery: Delivery = { state: 'taken', site: event.site, at: d.state === 'taken' ? d.at : now, passed_on: 'unknown' }
      return { ...item, delivery: event.event_id ? { ...delivery, event_id: event.event_id } : delivery }
    }
    case 'failed':
      if (d.state === 'taken' || d.state === 'refused') return item
      if (event.failure.fate === 'refuse')
        return { ...item, delivery: { state: 'refused', reason: event.failure.reason, at: now } }
      return {
        ...item,
        delivery: {
          state: 'waiting',
          reason: event.failure.reason,
          until: now + Math.max(event.failure.retry_after_ms ?? 0, backoff(item.attempts, random)),
        },
      }
    case 'checked':
      if (d.state !== 'taken' || d.passed_on === 'yes') return item
      return { ...item, delivery: { ...d, passed_on: event.has ? 'yes' : 'again' } }
    case 'woken':
      if (d.state !== 'waiting' || d.reason === 'busy') return item
      return { ...item, attempts: 0, delivery: { ...d, until: now } }
    case 'retried':
      return d.state === 'refused' ? { ...item, attempts: 0, delivery: { state: 'saved' } } : item
    default:
      return event satisfies never
  }
}

/** What a crash or a closed browser leaves behind: nobody is sending any more. */
export function afterRestart(item: OutboxItem): OutboxItem {
  return item.delivery.state === 'sending' ? { ...item, delivery: { state: 'saved' } } : item
}

const goesOut = (item: OutboxItem): boolean =>
  item.delivery.state === 'saved' ||
  item.delivery.state === 'waiting' ||
  (item.delivery.state === 'taken' && item.delivery.passed_on === 'again')

/** Items that keep later ones of their room waiting. */
const holdsUp = (item: OutboxItem): boolean => goesOut(item) || item.delivery.state === 'sending'

const due = (item: OutboxItem, now: number): boolean =>
  goesOut(item) && (item.delivery.state !== 'waiting' || item.delivery.until <= now)

export type Work =
  | { kind: 'responses'; items: OutboxItem[] }
  | { kind: 'event'; item: OutboxItem; payload: Extract<Payload, { kind: 'event' }> }

/** What may go out now: all due responses as one batch, and of each room its oldest item if that is due (OUT-2, OUT-3). */
export function nextWork(items: readonly OutboxItem[], now: number): Work[] {
  const responses = items.filter((i) => i.payload.kind === 'response' && due(i, now))
  const heads = new Map<RoomId, Work>()
  const seen = new Set<RoomId>()
  for (const item of items.filter(holdsUp).toSorted((a, b) => a.seq - b.seq)) {
    const { payload } = item
    if (payload.kind !== 'event' || seen.has(payload.room)) continue
    seen.add(payload.room)
    if (due(item, now)) heads.set(payload.room, { kind: 'event', item, payload })
  }
  return [...(responses.length ? [{ kind: 'responses' as const, items: responses }] : []), ...heads.values()]
}

/** When waiting items will next be due by themselves, ms after `now`; null when none will. */
export function nextDue(items: readonly OutboxItem[], now: number): number | null {
  const waits = items.flatMap((i) => (i.delivery.state === 'waiting' ? [i.delivery.until] : []))
  const times = waits.filter((until) => until > now)
  return times.length ? Math.min(...times) : null
}

/** Taken items of which it is not known whether `site` has them: to be asked for after a switch (OUT-6). */
export function toCheck(items: readonly OutboxItem[], site: SiteId, now: number): (OutboxItem & { event_id: EventId })[] {
  return items.flatMap((i) => {
    const d = i.delivery
    const open = d.state === 'taken' && d.passed_on === 'unknown' && d.site !== site && now - d.at < KEEP_TAKEN_MS
    return open && d.event_id ? [{ ...i, event_id: d.event_id }] : []
  })
}

/** Taken long enough ago to be forgotten. */
export const isDone = (item: OutboxItem, now: number): boolean =>
  item.delivery.state === 'taken' && item.delivery.passed_on !== 'again' && now - item.delivery.at >= KEEP_TAKEN_MS

/** Transaction id of an item at a site: stable, so that a repeated request is the same one (spec, "Transaction identifiers"). */
export const txnId = (item: OutboxItem): string => item.client_id
