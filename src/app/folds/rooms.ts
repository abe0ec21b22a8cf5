/** A room as the list of rooms shows it. */
import type { Account } from '../../core/ports.ts'
import { isUnderWay, type OutboxItem } from '../../core/outbox.ts'
import { maySend, type AgencyRoom } from '../../core/room.ts'
import type { TimelineEntry } from '../../core/timeline.ts'
import type { PersonId } from '../../core/ids.ts'
import type { RoomView } from '../views.ts'

export interface Reader {
  person: PersonId
  accounts: readonly Account[]
  outbox: readonly OutboxItem[]
  /** The room's timeline as the person reads it. */
  entries: readonly TimelineEntry[]
  people: number
  /** Up to when the room was read, ms. */
  read: number
  muted: boolean
}

export function roomView(
  room: AgencyRoom,
  { person, accounts, outbox, entries, people, read, muted }: Reader,
): RoomView {
  const messages = entries.flatMap((e) => (e.kind === 'message' ? [e] : []))
  const unread = entries.filter((e) => e.kind !== 'switch' && e.person !== person && e.at > read)
  // A declaration is no message: Umschalten says what became of it.
  const own = outbox.filter(({ payload: p }) => p.kind === 'event' && p.room === room.id && p.state_key === undefined)
  const last = messages.findLast(({ mine }) => mine?.state !== 'withdrawn')
  const talks = room.kind === 'staff' || room.kind === 'team'
  return {
    id: room.id,
    kind: room.kind,
    title: room.title,
    encrypted: room.encrypted,
    people,
    unread: unread.length,
    unreadMore:
      room.record.earlier === true && unread.length > 0 && unread[0] === entries.find((e) => e.kind !== 'switch'),
    waiting: own.filter(({ delivery }) => isUnderWay(delivery)).length,
    refused: own.filter(({ delivery }) => delivery.state === 'refused').length,
    last: last ? { at: last.at, name: last.name, text: last.text, mine: last.person === person } : null,
    muted,
    mayWrite: talks && !room.encrypted && accounts.some(({ user }) => maySend(room.record, user, 'm.room.message')),
  }
}
