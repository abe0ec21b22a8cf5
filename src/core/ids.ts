/**
 * Identities. Matrix ids are template-literal types, so that one kind cannot stand where another is meant.
 * Source: Matrix specification, appendices "Identifier Grammar" (room version 12 room ids have no domain).
 */
import * as v from 'valibot'

export type RoomId = `!${string}`
export type EventId = `$${string}`
export type UserId = `@${string}:${string}`
/** A site of the deployment file, e.g. `a`. */
export type SiteId = string
/** UUID, the same in every room and every revision of an alert. */
export type AlertId = string
/** UUID that travels in the content of everything a person sends; two events of one person with the same one are one. */
export type ClientId = string

declare const person: unique symbol
/** One human: the localpart behind all sites' accounts, or the full Matrix id of a foreign account. See `personOf`. */
export type PersonId = string & { readonly [person]: true }

export const roomId = v.custom<RoomId>((x) => typeof x === 'string' && /^![\x21-\x7e]{1,254}$/.test(x), 'no room id')
export const eventId = v.custom<EventId>(
  (x) => typeof x === 'string' && /^\$[\x21-\x7e]{1,254}$/.test(x),
  'no event id',
)
export const userId = v.custom<UserId>(
  (x) => typeof x === 'string' && /^(?=.{1,255}$)@[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+$/.test(x),
  'no user id',
)
export const uuid = v.pipe(v.string(), v.uuid())
export const personId = v.custom<PersonId>((x) => typeof x === 'string' && x.length > 0 && x.length <= 255, 'no person')
/** Milliseconds since 1970-01-01 UTC. */
export const timestamp = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
