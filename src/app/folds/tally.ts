/** The tally of an alert, for members of the Lage room (ANSWER-10): counts first, names behind them. */
import { TYPE, type RoomEvent } from '../../core/event.ts'
import { countTally, foldTally, MEANING_ORDER, readTally, type TallyEntry } from '../../core/response.ts'
import { maySend, type AgencyRoom, type Member } from '../../core/room.ts'
import type { AlertId, PersonId, RoomId } from '../../core/ids.ts'
import type { AlertView, TallyView } from '../views.ts'

/** Of each person the entry that counts, of events of the `lage` rooms. */
export function entriesOfTally(
  alert: AlertId,
  lage: readonly AgencyRoom[],
  events: readonly RoomEvent[],
): Map<PersonId, TallyEntry> {
  const tallies = events.flatMap((event) => {
    const room = lage.find(({ id }) => id === event.room_id)
    const content = room && maySend(room.record, event.sender, TYPE.tally) ? readTally(event) : null
    return content ? [{ event_id: event.event_id, content }] : []
  })
  return foldTally(alert, tallies)
}

/** `lage` rooms, and the tally events of the alert. */
export function tallyView(
  view: AlertView,
  lage: readonly AgencyRoom[],
  events: readonly RoomEvent[],
  people: (ids: readonly RoomId[]) => Member[],
  asOf: number | null,
): TallyView {
  const { content, alert } = view
  const audience = people(content.audience.rooms.length ? content.audience.rooms : alert.rooms)
  const names = new Map(audience.map(({ person, name }) => [person, name]))
  const named = (person: Member['person']) => ({ person, name: names.get(person) ?? person })
  const options = [...new Map(alert.history.flatMap((r) => r.content.responses).map((o) => [o.key, o])).values()]
  const tally = countTally(options, [...names.keys()], entriesOfTally(view.id, lage, events))
  const rank = (meaning: (typeof MEANING_ORDER)[number]) => MEANING_ORDER.indexOf(meaning)
  const rows = tally.options.map(({ option, people: answered }) => ({
    ...option,
    label: view.text.responses.find((r) => r.key === option.key)?.label ?? option.label,
    count: answered.length,
    people: answered.map((person) => {
      const { at, note } = tally.entries.get(person)!
      return { ...named(person), at, ...(note ? { note } : {}) }
    }),
  }))
  return {
    audience: tally.audience,
    answered: tally.answered,
    rows: rows.toSorted((a, b) => rank(a.meaning) - rank(b.meaning)),
    unanswered: tally.unanswered.map(named),
    asOf,
  }
}
