/** Alerts as a person meets them: from rooms and pushes, with their own answer. Rules ALERT-* in docs/spec.md. */
import {
  foldAlerts,
  phaseOf,
  readAlert,
  textOf,
  type Alert,
  type AlertRevision,
  type Language,
} from '../../core/alert.ts'
import { KEEP_TAKEN_MS, type OutboxItem } from '../../core/outbox.ts'
import type { AgencyRoom } from '../../core/room.ts'
import type { Response } from '../../core/response.ts'
import type { AlertId, UserId } from '../../core/ids.ts'
import { ofEach } from './of-each.ts'
import type { Remembered } from '../memory.ts'
import type { AlertView, MyResponse, PlaybookView } from '../views.ts'

export interface AlertSources {
  rooms: readonly AgencyRoom[]
  pushed: readonly { revision: AlertRevision; received_at: number }[]
  outbox: readonly OutboxItem[]
  outboxRead: boolean
  responses: Remembered<'responses'>
  /** What a relay has of mine, as far as this device can read that. */
  tallied: (alert: AlertId) => Pick<Response, 'key' | 'at'> | undefined
  language: Language
  now: number
  nameOf: (user: UserId) => string
  playbooks: readonly PlaybookView[]
}

const optionOf = ({ history }: Alert, key: string) =>
  history.flatMap((r) => r.content.responses).find((option) => option.key === key)

/** The answer given last on this device, with what became of it, or a later one of which a relay knows (ANSWER-12). */
function myResponse(alert: Alert, { outbox, outboxRead, responses, tallied, now }: AlertSources): MyResponse | null {
  const given = outbox.flatMap((item) =>
    item.payload.kind === 'response' && item.payload.response.alert === alert.id
      ? [{ response: item.payload.response, delivery: item.delivery }]
      : [],
  )
  // By the order of writing: a clock may jump.
  const latest = given.at(-1)
  const known: Pick<Response, 'key' | 'at'> | undefined = latest?.response ?? responses[alert.id]
  const elsewhere = tallied(alert.id)
  const there = elsewhere && elsewhere.at > (known?.at ?? 0) ? optionOf(alert, elsewhere.key) : undefined
  if (elsewhere && there) return { option: there, at: elsewhere.at, delivery: null }
  const option = known && optionOf(alert, known.key)
  if (!known || !option) return null
  // The outbox forgets what was registered a day ago. Before, or while it cannot be read, nothing more is claimed than
  // that the answer was given here.
  const forgotten = outboxRead && now - known.at >= KEEP_TAKEN_MS
  return { option, at: known.at, delivery: latest?.delivery ?? (forgotten ? null : { state: 'saved' }) }
}

function viewOf(
  alert: Alert,
  sources: AlertSources,
  known: ReadonlySet<string>,
  received: ReadonlyMap<AlertId, number>,
): AlertView {
  const { content, sender, event_id, at } = alert.current
  const { language, nameOf } = sources
  const phase = phaseOf(alert, sources.now)
  const mine = myResponse(alert, sources)
  const source = known.has(event_id) ? 'room' : 'push'
  const playbook = sources.playbooks.find((p) => p.id === content.playbook)
  return {
    id: alert.id,
    alert,
    content,
    text: textOf(content, language),
    phase,
    sender: nameOf(sender),
    source,
    receivedAt: source === 'push' ? (received.get(alert.id) ?? at) : at,
    mine,
    waits: phase === 'open' && content.responses.length > 0 && mine === null,
    updates: alert.history.map((r) => ({
      at: r.at,
      sender: nameOf(r.sender),
      text: textOf(r.content, language),
      content: r.content,
    })),
    playbook: playbook ? { id: playbook.id, title: playbook.card.title } : null,
  }
}

const alertsIn = ofEach((room: AgencyRoom) => room.record.timeline.flatMap((event) => readAlert(room, event) ?? []))

/** In no particular order. A pushed revision gives way to the room's event, which has the whole text (ALERT-4). */
export function alertViews(sources: AlertSources): AlertView[] {
  const inRooms = sources.rooms.flatMap(alertsIn)
  const known = new Set<string>(inRooms.map((r) => r.event_id))
  const received = new Map(sources.pushed.map((p) => [p.revision.content.id, p.received_at]))
  const revisions = [...inRooms, ...sources.pushed.map((p) => p.revision)]
  return foldAlerts(revisions).map((alert) => viewOf(alert, sources, known, received))
}
