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
  | {
      state: 'taken'
      /** Where it was last known to be: the site that took it, or one that was asked later and had it. */
      site: SiteId
      at: number
      event_id?: EventId
      passed_on: PassedOn
      /** Not asked for and not sent again before this, ms. */
      until?: number
    }
  | { state: 'refused'; reason: RefuseReason; at: number }
/**
 * Taken is not yet safe: whether the site in use has it too, after a switch. `again` = it has not, and the item goes
 * out once more; `no` = it has not and refuses it, so it is asked again later and holds up nothing.
 */
export type PassedOn = 'unknown' | 'yes' | 'again' | 'no'

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
  { fate: 'wait'; reason: WaitReason; retry_after_ms?: number } | { fate: 'refuse'; reason: RefuseReason }

export type OutboxEvent =
  | { type: 'started' }
  | { type: 'taken'; site: SiteId; event_id?: EventId }
  | { type: 'failed'; failure: Failure }
  /** The site in use was asked for a taken item: it has it, it has not, or it did not say (null). */
  | { type: 'checked'; site: SiteId; has: boolean | null }
  /** The network showed a sign of life, or the person asked for it. */
  | { type: 'woken' }
  | { type: 'retried' }

/** After this long a taken item is forgotten. */
export const KEEP_TAKEN_MS = 24 * 3600_000
/** Longest that a server may make us wait by its own word. */
export const MAX_WAIT_MS = 15 * 60_000
/** An item that one site took and the other refuses is tried there again after this long. */
export const ASK_AGAIN_MS = 10 * 60_000
/** Most responses in one request (docs/protocol.md). */
export const RESPONSES_AT_ONCE = 100
const BASE_MS = 1_000
const CAP_MS = 30_000
const LEAST_MS = 100

/** Full jitter (AWS, "Exponential Backoff And Jitter"): a random time up to the doubling cap, but never at once; ms. */
export function backoff(attempts: number, random: number): number {
  return Math.max(LEAST_MS, Math.round(random * Math.min(CAP_MS, BASE_MS * 2 ** Math.max(0, attempts - 1))))
}

function untilAfter(failure: { retry_after_ms?: number }, attempts: number, now: number, random: number): number {
  return now + Math.max(Math.min(failure.retry_after_ms ?? 0, MAX_WAIT_MS), backoff(attempts, random))
}

type Taken = Extract<Delivery, { state: 'taken' }>

/** A second sending of a taken item failed: it stays taken on the screen, and is tried again later. */
function failedAgain(item: OutboxItem, d: Taken, failure: Failure, now: number, random: number): OutboxItem {
  if (failure.fate === 'refuse') return { ...item, delivery: { ...d, passed_on: 'no', until: now + ASK_AGAIN_MS } }
  return { ...item, delivery: { ...d, until: untilAfter(failure, item.attempts, now, random) } }
}

/** Taken once more, after a switch. Where a relay of another site took a response again, it is said again, but later. */
function takenAgain(
  item: OutboxItem,
  d: Taken,
  event: Extract<OutboxEvent, { type: 'taken' }>,
  now: number,
): OutboxItem {
  const event_id = event.event_id ?? d.event_id
  const taken: Taken = { state: 'taken', site: event.site, at: d.at, passed_on: 'unknown' }
  if (item.payload.kind === 'response')
    return { ...item, attempts: 0, delivery: { ...taken, passed_on: 'yes', until: now + ASK_AGAIN_MS } }
  return { ...item, attempts: 0, delivery: event_id ? { ...taken, event_id } : taken }
}

function checked(
  item: OutboxItem,
  d: Taken,
  { site, has }: Extract<OutboxEvent, { type: 'checked' }>,
  now: number,
  random: number,
): OutboxItem {
  const { until: _, ...rest } = d
  switch (has) {
    case true:
      return { ...item, attempts: 0, delivery: { ...rest, site, passed_on: 'yes' } }
    case false:
      return { ...item, attempts: 0, delivery: { ...rest, passed_on: 'again' } }
    case null: {
      const attempts = item.attempts + 1
      return { ...item, attempts, delivery: { ...d, until: now + backoff(attempts, random) } }
    }
    default:
      return has satisfies never
  }
}

/** The item after `event`; the same object where the event changes nothing. `random` in [0, 1). */
export function advance(item: OutboxItem, event: OutboxEvent, now: number, random: number): OutboxItem {
  const d = item.delivery
  switch (event.type) {
    case 'started':
      if (d.state === 'refused') return item
      return { ...item, attempts: item.attempts + 1, delivery: d.state === 'taken' ? d : { state: 'sending' } }
    case 'taken': {
      if (d.state === 'taken') return takenAgain(item, d, event, now)
      const delivery: Delivery = { state: 'taken', site: event.site, at: now, passed_on: 'unknown' }
      return { ...item, attempts: 0, delivery: event.event_id ? { ...delivery, event_id: event.event_id } : delivery }
    }
    case 'failed':
      if (d.state === 'refused') return item
      if (d.state === 'taken') return failedAgain(item, d, event.failure, now, random)
      if (event.failure.fate === 'refuse')
        return { ...item, delivery: { state: 'refused', reason: event.failure.reason, at: now } }
      return {
        ...item,
        delivery: {
          state: 'waiting',
          reason: event.failure.reason,
          until: untilAfter(event.failure, item.attempts, now, random),
        },
      }
    case 'checked':
      return d.state === 'taken' ? checked(item, d, event, now, random) : item
    case 'woken':
      if (d.state === 'waiting' && d.reason !== 'busy') return { ...item, attempts: 0, delivery: { ...d, until: now } }
      // Also a response that another site's relay took again: the one of the site in use may be back (OUT-8).
      if (d.state === 'taken' && d.until !== undefined && d.passed_on !== 'no')
        return { ...item, attempts: 0, delivery: { ...d, until: now } }
      return item
    case 'retried':
      return d.state === 'refused' ? { ...item, attempts: 0, delivery: { state: 'saved' } } : item
    default:
      return event satisfies never
  }
}

/** What a crash or a closed browser leaves behind: nobody is sending any more, and whether it arrived is not known. */
export function afterRestart(item: OutboxItem): OutboxItem {
  return item.delivery.state === 'sending'
    ? { ...item, delivery: { state: 'waiting', reason: 'network', until: 0 } }
    : item
}

/** Transaction id of an item at a site: stable, so that a repeated request is the same one (spec, "Transaction identifiers"). */
export const txnId = (item: OutboxItem): string => item.client_id
