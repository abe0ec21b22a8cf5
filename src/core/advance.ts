/** What becomes of an item of the outbox, step by step; on the screen it never goes back one (OUT-11). Pure. */
import {
  KEEP_TAKEN_MS,
  MAX_WAIT_MS,
  ASK_AGAIN_MS,
  isTime,
  mayEdit,
  mayWithdraw,
  triedOf,
  type Delivery,
  type Failure,
  type OutboxEvent,
  type OutboxItem,
} from './outbox.ts'
import type { SiteId } from './ids.ts'

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

/** With the attempt that now ends and may have arrived. The first one counts: it is what a site forgets first. */
function noted(item: OutboxItem): OutboxItem {
  const { payload, delivery: d, created } = item
  if (payload.kind === 'response' || d.state !== 'sending') return item
  return { ...item, tried: { [d.site ?? '']: d.at ?? created, ...triedOf(item) } }
}

const isBusy = (failure: Failure): boolean => failure.fate === 'wait' && failure.reason === 'busy'

type Taken = Extract<Delivery, { state: 'taken' }>

/** A second sending of a taken item failed: it stays taken on the screen, and is tried again later. */
function failedAgain(item: OutboxItem, d: Taken, failure: Failure, now: number, random: number): OutboxItem {
  // What fails late, after another window got it through, takes nothing back; but a busy site is left alone.
  if (item.payload.kind === 'event' && d.passed_on !== 'again' && !isBusy(failure)) return item
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

/** It is in the room, whatever became of the answers to its requests. `at` is then where it stands among the others. */
function echoed(
  item: OutboxItem,
  { site, event_id, at }: Extract<OutboxEvent, { type: 'echoed' }>,
  now: number,
): OutboxItem {
  const { delivery: d } = item
  if (d.state === 'taken') return at < d.at ? { ...item, delivery: { ...d, at } } : item
  const delivery: Delivery = { state: 'taken', site, at: Math.min(at, now), event_id, passed_on: 'unknown' }
  return { ...noted(item), attempts: 0, delivery }
}

function checked(
  item: OutboxItem,
  d: Taken,
  { site, has }: Extract<OutboxEvent, { type: 'checked' }>,
  now: number,
  random: number,
): OutboxItem {
  const { until: _, busy: __, last: ___, doubted: ____, ...rest } = d
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

/** What the site has taken may be gone there; but a busy one keeps its time. */
function restored(item: OutboxItem, site: SiteId): OutboxItem {
  const { delivery: d } = item
  if (d.state !== 'taken' || d.site !== site) return item
  const { until, last: _, ...rest } = d
  return { ...item, delivery: { ...rest, doubted: true, ...(d.busy && until !== undefined ? { until } : {}) } }
}

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

function withdrawn(item: OutboxItem, now: number): OutboxItem {
  return { ...item, tried: triedOf(item), delivery: { state: 'withdrawn', at: now } }
}

/** By the person, after it had come to its end. */
function takenUpAgain(item: OutboxItem): OutboxItem {
  const { state } = item.delivery
  return state === 'refused' || state === 'withdrawn' ? { ...item, attempts: 0, delivery: { state: 'saved' } } : item
}

function edited(item: OutboxItem, text: string): OutboxItem {
  const { payload } = item
  if (payload.kind !== 'event' || !mayEdit(item)) return item
  return takenUpAgain({ ...item, payload: { ...payload, content: { ...payload.content, body: text } } })
}

/** Until when a busy site has asked to be left alone with it, ms; undefined once that is over. */
function askedFor({ delivery: d }: OutboxItem, now: number): number | undefined {
  const busy = d.state === 'withdrawn' || (d.state === 'waiting' ? d.reason === 'busy' : d.state === 'taken' && d.busy)
  const until = busy && 'until' in d ? d.until : undefined
  return isTime(until, now) ? undefined : until
}

/** Whatever has become of it meanwhile, in this window or another (OUT-5). */
function leftAlone(item: OutboxItem, until: number): OutboxItem {
  const { delivery: d, payload } = item
  switch (d.state) {
    case 'saved':
    case 'waiting':
      return {
        ...item,
        delivery: { state: 'waiting', reason: 'busy', until: 'until' in d ? Math.max(d.until, until) : until },
      }
    case 'taken':
      // A relay is asked for a response, not a homeserver.
      if (payload.kind === 'response') return item
      return { ...item, delivery: { ...d, until: Math.max(d.until ?? 0, until), busy: true } }
    case 'withdrawn':
      return { ...item, delivery: { ...d, until } }
    case 'sending':
    case 'refused':
      return item
    default:
      return d satisfies never
  }
}

/** The item after `event`; the same object where the event changes nothing. `random` in [0, 1). */
export function advance(item: OutboxItem, event: OutboxEvent, now: number, random: number): OutboxItem {
  const next = step(item, event, now, random)
  const until = askedFor(item, now)
  return next === item || until === undefined ? next : leftAlone(next, until)
}

function step(item: OutboxItem, event: OutboxEvent, now: number, random: number): OutboxItem {
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
    case 'echoed':
      return echoed(item, event, now)
    case 'failed':
      return failed(item, event.failure, now, random)
    case 'checked':
      return d.state === 'taken' ? checked(item, d, event, now, random) : item
    case 'restored':
      return restored(item, event.site)
    case 'woken':
      if (d.state === 'waiting' && d.reason !== 'busy') return { ...item, attempts: 0, delivery: { ...d, until: now } }
      // Also a response that another site's relay took again: the one of the site in use may be back (OUT-8).
      if (d.state === 'taken' && d.until !== undefined && d.passed_on !== 'no' && !d.busy)
        return { ...item, attempts: 0, delivery: { ...d, until: now } }
      return item
    case 'edited':
      return edited(item, event.text)
    case 'withdrawn':
      return mayWithdraw(item) ? withdrawn(item, now) : item
    case 'retried':
      if (d.state === 'waiting') return step(item, { type: 'woken' }, now, random)
      return takenUpAgain(item)
    default:
      return event satisfies never
  }
}
