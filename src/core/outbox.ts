/**
 * The outbox: what a person has said and the network has not yet taken. An item moves through `Delivery` and never
 * goes back a step on the screen. Rules OUT-* in docs/spec.md. Everything here is pure; `drain.ts` does it.
 */
import { TYPE } from './event.ts'
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
  /** A row of an older version does not say where and since when, ms; a response chooses its relay itself. */
  | { state: 'sending'; site?: SiteId; at?: number }
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
      /** That time is the site's own word. */
      busy?: boolean
      /** When the site in use confirmed it at the end of its day, ms. */
      last?: number
    }
  | { state: 'refused'; reason: RefuseReason; at: number }
  /** By the person, who may still take it up again; not before `until`, ms, where a busy site has asked for that. */
  | { state: 'withdrawn'; at: number; until?: number }
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
  /** Sites where it may have arrived, each with the time of the first request that may have, ms. Older rows lack it. */
  tried?: Record<SiteId, number>
  payload: Payload
  delivery: Delivery
}

/**
 * The kind of a failure decides its fate (OUT-4): wait for a while, or refuse for good. `unsent`: the request has
 * certainly not left the device.
 */
export type Failure =
  | { fate: 'wait'; reason: WaitReason; retry_after_ms?: number; unsent?: true }
  | { fate: 'refuse'; reason: RefuseReason }

export type OutboxEvent =
  | { type: 'started'; site?: SiteId }
  /** Nobody is sending it any more, and whether it arrived is not known: a crash, a closed browser. */
  | { type: 'orphaned' }
  | { type: 'taken'; site: SiteId; event_id?: EventId }
  | { type: 'failed'; failure: Failure }
  /** The site in use was asked for a taken item: it has it, it has not, or it did not say (null). */
  | { type: 'checked'; site: SiteId; has: boolean | null }
  /** The network showed a sign of life, or the person asked for it. */
  | { type: 'woken' }
  /** What the person decides. */
  | { type: 'edited'; text: string }
  | { type: 'withdrawn' }
  | { type: 'retried' }

/** After this long the site in use is asked for a taken item once more, and then it is forgotten. */
export const KEEP_TAKEN_MS = 24 * 3600_000
/** So long after it was confirmed: a clock that jumps a day must not forget what was taken a moment ago. */
export const FORGET_MS = 3600_000
/** A homeserver makes no second event of a transaction id for a day (Synapse). Less, for clocks differ. */
export const TXN_MEMORY_MS = 20 * 3600_000
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

/** Of a row that an older version wrote, where it was tried is not known; `''` is no site's id. */
function triedOf({ tried, delivery: { state }, created }: OutboxItem): Record<SiteId, number> {
  return tried ?? (state === 'saved' || state === 'refused' ? {} : { '': created })
}

/** With the attempt that now ends and may have arrived. The first one counts: it is what a site forgets first. */
function noted(item: OutboxItem): OutboxItem {
  const { payload, delivery: d, created } = item
  if (payload.kind === 'response' || d.state !== 'sending') return item
  return { ...item, tried: { [d.site ?? '']: d.at ?? created, ...triedOf(item) } }
}

/** Some site may have it although none has said so. A response is never in question: relays know it by its id. */
export const mayHaveArrived = (item: OutboxItem): boolean =>
  item.payload.kind === 'event' && Object.keys(triedOf(item)).length > 0

/**
 * Whether an event is to be looked for at `site` before it goes out there (OUT-19). `must`: it may be there and its
 * transaction id forgotten. `may`: it was tried elsewhere; a copy that got across makes a second one needless.
 */
export function lookFirst(item: OutboxItem, site: SiteId, now: number): 'must' | 'may' | 'no' {
  const tried = triedOf(item)
  const at = tried[site]
  if (at !== undefined) return now >= at && now - at < TXN_MEMORY_MS ? 'no' : 'must'
  return item.delivery.state !== 'taken' && Object.keys(tried).length > 0 ? 'may' : 'no'
}

type Taken = Extract<Delivery, { state: 'taken' }>

/** A second sending of a taken item failed: it stays taken on the screen, and is tried again later. */
function failedAgain(item: OutboxItem, d: Taken, failure: Failure, now: number, random: number): OutboxItem {
  // What fails late, after another window got it through, changes nothing.
  if (item.payload.kind === 'event' && d.passed_on !== 'again') return item
  if (failure.fate === 'refuse') return { ...item, delivery: { ...d, passed_on: 'no', until: now + ASK_AGAIN_MS } }
  const until = untilAfter(failure, item.attempts, now, random)
  return { ...item, delivery: { ...d, until, busy: failure.reason === 'busy' } }
}

/** Taken once more. Where a relay of another site took a response again, it is said again, but later. */
function takenAgain(
  item: OutboxItem,
  d: Taken,
  event: Extract<OutboxEvent, { type: 'taken' }>,
  now: number,
): OutboxItem {
  const event_id = event.event_id ?? d.event_id
  const taken: Taken = { state: 'taken', site: event.site, at: d.at, passed_on: 'unknown' }
  if (item.payload.kind === 'response') {
    const last = now - d.at >= KEEP_TAKEN_MS ? { last: now } : {}
    return { ...item, attempts: 0, delivery: { ...taken, passed_on: 'yes', until: now + ASK_AGAIN_MS, ...last } }
  }
  return { ...item, attempts: 0, delivery: event_id ? { ...taken, event_id } : taken }
}

function checked(
  item: OutboxItem,
  d: Taken,
  { site, has }: Extract<OutboxEvent, { type: 'checked' }>,
  now: number,
  random: number,
): OutboxItem {
  const { until: _, busy: __, last: ___, ...rest } = d
  switch (has) {
    case true: {
      const last = now - d.at >= KEEP_TAKEN_MS ? { last: now } : {}
      return { ...item, attempts: 0, delivery: { ...rest, site, passed_on: 'yes', ...last } }
    }
    case false:
      return { ...item, attempts: 0, delivery: { ...rest, passed_on: 'again' } }
    case null: {
      const attempts = item.attempts + 1
      return { ...item, attempts, delivery: { ...d, until: now + backoff(attempts, random), busy: false } }
    }
    default:
      return has satisfies never
  }
}

/** Due now; a clock that was set back does not keep an item waiting for ever. */
export const isTime = (until: number | undefined, now: number): boolean =>
  until === undefined || until <= now || until > now + MAX_WAIT_MS

/**
 * A request goes out; not for what is out already, has come to its end, or has been told to wait since somebody saw it
 * due: another window may drain as well.
 */
function started(item: OutboxItem, site: SiteId | undefined, now: number): OutboxItem {
  const { delivery: d, payload } = item
  if ('until' in d && !isTime(d.until, now)) return item
  const attempts = item.attempts + 1
  switch (d.state) {
    case 'saved':
    case 'waiting':
      return {
        ...item,
        attempts,
        tried: triedOf(item),
        delivery: { state: 'sending', at: now, ...(site === undefined ? {} : { site }) },
      }
    case 'taken':
      if (payload.kind === 'response') return { ...item, attempts }
      // It stays taken on the screen, so where it goes is noted before.
      return d.passed_on === 'again' && site !== undefined
        ? { ...item, attempts, tried: { [site]: now, ...triedOf(item) } }
        : item
    case 'sending':
    case 'refused':
    case 'withdrawn':
      return item
    default:
      return d satisfies never
  }
}

function failed(item: OutboxItem, failure: Failure, now: number, random: number): OutboxItem {
  const { delivery: d } = item
  if (d.state === 'refused' || d.state === 'withdrawn') return item
  if (d.state === 'taken') return failedAgain(item, d, failure, now, random)
  if (failure.fate === 'refuse') return { ...item, delivery: { state: 'refused', reason: failure.reason, at: now } }
  const { reason, unsent } = failure
  const missed = unsent || reason === 'busy' || reason === 'signed_out'
  const until = untilAfter(failure, item.attempts, now, random)
  return { ...(missed ? item : noted(item)), delivery: { state: 'waiting', reason, until } }
}

/** The item after `event`; the same object where the event changes nothing. `random` in [0, 1). */
export function advance(item: OutboxItem, event: OutboxEvent, now: number, random: number): OutboxItem {
  const d = item.delivery
  switch (event.type) {
    case 'started':
      return started(item, event.site, now)
    case 'orphaned':
      return d.state === 'sending'
        ? { ...noted(item), delivery: { state: 'waiting', reason: 'network', until: 0 } }
        : item
    case 'taken': {
      if (d.state === 'taken') return takenAgain(item, d, event, now)
      const delivery: Delivery = { state: 'taken', site: event.site, at: now, passed_on: 'unknown' }
      return {
        ...noted(item),
        attempts: 0,
        delivery: event.event_id ? { ...delivery, event_id: event.event_id } : delivery,
      }
    }
    case 'failed':
      return failed(item, event.failure, now, random)
    case 'checked':
      return d.state === 'taken' ? checked(item, d, event, now, random) : item
    case 'woken':
      if (d.state === 'waiting' && d.reason !== 'busy') return { ...item, attempts: 0, delivery: { ...d, until: now } }
      // Also a response that another site's relay took again: the one of the site in use may be back (OUT-8).
      if (d.state === 'taken' && d.until !== undefined && d.passed_on !== 'no' && !d.busy)
        return { ...item, attempts: 0, delivery: { ...d, until: now } }
      return item
    case 'edited':
      return edited(item, event.text, now)
    case 'withdrawn':
      return mayWithdraw(item) ? withdrawn(item, now) : item
    case 'retried':
      if (d.state === 'waiting') return advance(item, { type: 'woken' }, now, random)
      return takenUpAgain(item, now)
    default:
      return event satisfies never
  }
}

/** It may be thrown away: nobody is sending it at this moment, and nobody has taken it. */
export const mayDiscard = ({ delivery: { state } }: OutboxItem): boolean => state !== 'sending' && state !== 'taken'

const isMessage = ({ payload }: OutboxItem): boolean =>
  payload.kind === 'event' && payload.type === 'm.room.message' && !(TYPE.alert in payload.content)

/** It waits, and the person may think better of it. */
export const mayWithdraw = (item: OutboxItem): boolean =>
  isMessage(item) && (item.delivery.state === 'saved' || item.delivery.state === 'waiting')

/** Its words may still be changed: nobody has taken it, and no site can have it with the old ones (OUT-20). */
export const mayEdit = (item: OutboxItem): boolean => isMessage(item) && mayDiscard(item) && !mayHaveArrived(item)

function withdrawn(item: OutboxItem, now: number): OutboxItem {
  const { delivery: d } = item
  const wait = d.state === 'waiting' && d.reason === 'busy' ? { until: d.until } : {}
  return { ...item, tried: triedOf(item), delivery: { state: 'withdrawn', at: now, ...wait } }
}

/** By the person, after it had come to its end. What a site has asked for still holds. */
function takenUpAgain(item: OutboxItem, now: number): OutboxItem {
  const { delivery: d } = item
  if (d.state !== 'refused' && d.state !== 'withdrawn') return item
  const until = d.state === 'withdrawn' ? d.until : undefined
  const delivery: Delivery =
    until === undefined || isTime(until, now) ? { state: 'saved' } : { state: 'waiting', reason: 'busy', until }
  return { ...item, attempts: 0, delivery }
}

function edited(item: OutboxItem, text: string, now: number): OutboxItem {
  const { payload } = item
  if (payload.kind !== 'event' || !mayEdit(item)) return item
  return takenUpAgain({ ...item, payload: { ...payload, content: { ...payload.content, body: text } } }, now)
}

/** Transaction id of an item at a site: stable, so that a repeated request is the same one (spec, "Transaction identifiers"). */
export const txnId = (item: OutboxItem): string => item.client_id
