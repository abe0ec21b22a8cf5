/**
 * The outbox: what a person has said and the network has not yet taken, and what is known of it. Rules OUT-* in
 * docs/spec.md. What becomes of an item is in `advance.ts`, what is to be done now in `next-work.ts`; `drain.ts` starts
 * it, `sending.ts` does it.
 */
import { TYPE } from './event.ts'
import type { Response } from './response.ts'
import type { ClientId, EventId, PersonId, RoomId, SiteId } from './ids.ts'

export type Payload =
  /** `state_key`: it is state of the room, a declaration; '' for the only one of its type. */
  | { kind: 'event'; room: RoomId; type: string; content: Record<string, unknown>; state_key?: string }
  | { kind: 'response'; response: Response }

/** Why an item will be tried again by itself. */
export type WaitReason = 'network' | 'server' | 'busy' | 'signed_out'
/** Why an item will not heal by itself. */
export type RefuseReason =
  | 'forbidden'
  | 'too_large'
  | 'unknown_room'
  | 'unknown_alert'
  | 'encrypted'
  | 'invalid'
  /** A declaration that a later one has overtaken, or that is too old to be said (SWITCH-18). */
  | 'overtaken'

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
      /** That site was restored from a copy since, and may have it no more (OUT-25). */
      doubted?: true
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
  /** A homeserver shows it in the room, from `at` (ms) by its clock: a remote echo, in the words of the Matrix SDKs. */
  | { type: 'echoed'; site: SiteId; event_id: EventId; at: number }
  /** The site in use was asked for a taken item: it has it, it has not, or it did not say (null). */
  | { type: 'checked'; site: SiteId; has: boolean | null }
  /** The site was restored from a copy. */
  | { type: 'restored'; site: SiteId }
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

/** Due now; a clock that was set back does not keep an item waiting for ever. */
export const isTime = (until: number | undefined, now: number): boolean =>
  until === undefined || until <= now || until > now + MAX_WAIT_MS

/** Of a row that an older version wrote, where it was tried is not known; `''` is no site's id. */
export function triedOf({ tried, delivery: { state }, created }: OutboxItem): Record<SiteId, number> {
  return tried ?? (state === 'saved' || state === 'refused' ? {} : { '': created })
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

/** It goes out by itself: nobody has taken it, and neither a site nor the person has stopped it. */
export const isUnderWay = ({ state }: Delivery): boolean =>
  state === 'saved' || state === 'sending' || state === 'waiting'

/** It may be thrown away: nobody is sending it at this moment, and nobody has taken it. */
export const mayDiscard = ({ delivery: { state } }: OutboxItem): boolean => state !== 'sending' && state !== 'taken'

const isMessage = ({ payload }: OutboxItem): boolean =>
  payload.kind === 'event' && payload.type === 'm.room.message' && !(TYPE.alert in payload.content)

/** It waits, and the person may think better of it. */
export const mayWithdraw = (item: OutboxItem): boolean =>
  isMessage(item) && (item.delivery.state === 'saved' || item.delivery.state === 'waiting')

/** Its words may still be changed: nobody has taken it, and no site can have it with the old ones (OUT-20). */
export const mayEdit = (item: OutboxItem): boolean => isMessage(item) && mayDiscard(item) && !mayHaveArrived(item)

/** Transaction id of an item at a site: stable, so that a repeated request is the same one (spec, "Transaction identifiers"). */
export const txnId = (item: OutboxItem): string => item.client_id
