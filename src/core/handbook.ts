/** Playbooks and contact lists as room state (docs/protocol.md, Handbook). Rules BOOK-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { TYPE, type RoomEvent } from './event.ts'
import { statesOf, type AgencyRoom } from './room.ts'
import type { RoomId } from './ids.ts'

export const cardSchema = v.object({
  v: v.literal(1),
  title: v.string(),
  scenario: v.string(),
  summary: v.optional(v.string(), ''),
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  updated: v.pipe(v.string(), v.isoDate()),
  lang: v.optional(v.string(), 'de'),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  parts: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(64)),
})
export type PlaybookCard = v.InferOutput<typeof cardSchema>

export const bodySchema = v.object({ v: v.literal(1), version: v.number(), markdown: v.string() })

export const contactsSchema = v.object({
  v: v.literal(1),
  title: v.string(),
  version: v.number(),
  entries: v.array(
    v.object({
      role: v.string(),
      name: v.optional(v.string()),
      deputy_of: v.optional(v.string()),
      phones: v.optional(v.array(v.string()), []),
      email: v.optional(v.string()),
      matrix: v.optional(v.string()),
    }),
  ),
})
export type ContactList = v.InferOutput<typeof contactsSchema> & { id: string }
export type Contact = ContactList['entries'][number]

/** A playbook as the handbook room announces it; its text comes apart from it. */
export interface PlaybookEntry {
  id: string
  room: RoomId
  card: PlaybookCard
}

const handbookRooms = (rooms: readonly AgencyRoom[]) => rooms.filter((r) => r.kind === 'handbook')

/** The index cards of all handbook rooms; broken ones are left out, an emptied one was taken back (BOOK-1). */
export function playbooks(rooms: readonly AgencyRoom[]): PlaybookEntry[] {
  return handbookRooms(rooms).flatMap((room) =>
    statesOf(room.record, TYPE.playbook).flatMap((e: RoomEvent) => {
      const card = parseOrNull(cardSchema, e.content)
      return card && e.state_key ? [{ id: e.state_key, room: room.id, card }] : []
    }),
  )
}

/** In the order of their ids, which is the agency's to choose. */
export function contactLists(rooms: readonly AgencyRoom[]): ContactList[] {
  const lists = handbookRooms(rooms).flatMap((room) =>
    statesOf(room.record, TYPE.contacts).flatMap((e) => {
      const list = parseOrNull(contactsSchema, e.content)
      return list && e.state_key ? [{ ...list, id: e.state_key }] : []
    }),
  )
  return lists.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** State key of a part of a playbook's text: `<id>/<part>`, parts from 0. */
export const partKey = (id: string, part: number): string => `${id}/${part}`

/**
 * `tel:` address of a number as people write it (RFC 3966): digits, and a plus in front. The first number of the text
 * counts; the `(0)` of "+49 (0)30" is not dialled. Without a digit: an empty text, and no link is shown (BOOK-5).
 */
export function telUri(phone: string): string {
  const written = /\+?[\s(]*\d[\d\s()./–-]*/.exec(phone)?.[0] ?? ''
  // "030 123 / 0170 456" and a new line are another number, "030/123" is not.
  const number = written.split(/\n|\/\s*(?=0)/)[0]!
  const abroad = /^\+|^00/.test(number) ? number.replace(/\(0\)/, '') : number
  const digits = abroad.replace(/\D/g, '')
  return digits && `tel:${number.startsWith('+') ? '+' : ''}${digits}`
}

/** Older than this a playbook is marked as outdated, in months. */
export const OUTDATED_MONTHS = 12

/** Bytes of one code point in UTF-8. */
const width = (char: string): number => {
  const code = char.codePointAt(0)!
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}

/** Splits text into parts of at most `max` bytes of UTF-8, at line ends; only a line longer than that is broken. */
export function splitParts(markdown: string, max: number): string[] {
  const parts: string[] = []
  let [part, size] = ['', 0]
  const close = () => {
    parts.push(part)
    ;[part, size] = ['', 0]
  }
  for (const line of markdown.split(/(?<=\n)/)) {
    const bytes = new TextEncoder().encode(line).length
    if (part && size + bytes > max) close()
    if (bytes <= max) {
      part += line
      size += bytes
      continue
    }
    for (const char of line) {
      if (part && size + width(char) > max) close()
      part += char
      size += width(char)
    }
  }
  close()
  return parts
}
