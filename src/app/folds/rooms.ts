/** A room as the list of rooms shows it. */
import type { Deployment } from '../../core/deployment.ts'
import type { Account } from '../../core/ports.ts'
import type { OutboxItem } from '../../core/outbox.ts'
import { maySend, peopleOf, type AgencyRoom } from '../../core/room.ts'
import { timelineOf } from '../../core/timeline.ts'
import type { PersonId } from '../../core/ids.ts'
import type { RoomView } from '../views.ts'

export interface Reader {
  deployment: Deployment
  person: PersonId
  accounts: readonly Account[]
  outbox: readonly OutboxItem[]
  /** Up to when the room was read, ms. */
  read: number
}

export function roomView(room: AgencyRoom, { deployment, person, accounts, outbox, read }: Reader): RoomView {
  const entries = timelineOf(deployment, room, person, outbox)
  const messages = entries.flatMap((e) => (e.kind === 'message' ? [e] : []))
  const unread = entries.filter((e) => e.kind !== 'switch' && e.person !== person && e.at > read)
  const own = outbox.filter((i) => i.payload.kind === 'event' && i.payload.room === room.id)
  const last = messages.at(-1)
  const talks = room.kind === 'staff' || room.kind === 'team'
  return {
    id: room.id,
    kind: room.kind,
    title: room.title,
    encrypted: room.encrypted,
    people: peopleOf(deployment, room.record).length,
    unread: unread.length,
    waiting: own.filter(({ delivery: { state } }) => state !== 'taken' && state !== 'refused').length,
    refused: own.filter(({ delivery }) => delivery.state === 'refused').length,
    last: last ? { at: last.at, name: last.name, text: last.text, mine: last.person === person } : null,
    mayWrite: talks && !room.encrypted && accounts.some(({ user }) => maySend(room.record, user, 'm.room.message')),
  }
}
