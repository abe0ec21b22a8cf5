/** Alerts: what a crisis manager or a relay tells people to do. Words are CAP 1.2's. Rules ALERT-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { TYPE, type RoomEvent } from './event.ts'
import { maySendAlert, type AgencyRoom } from './room.ts'
import {
  eventId,
  roomId,
  timestamp,
  userId,
  uuid,
  type AlertId,
  type EventId,
  type RoomId,
  type UserId,
} from './ids.ts'

/** Loudest first. CAP 1.2 `severity`, without Unknown. */
export const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor'] as const
export type Severity = (typeof SEVERITIES)[number]
export const MEANINGS = ['acknowledged', 'safe', 'need_help', 'coming', 'declined'] as const
export type Meaning = (typeof MEANINGS)[number]
export type Language = 'de' | 'en'

const text = (max: number) => v.pipe(v.string(), v.maxLength(max))
const filled = (max: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(max))
/** Longest texts, in characters. */
export const LIMITS = { headline: 120, instruction: 2000, next_step: 300, label: 30, note: 500 } as const

const responseOption = v.object({
  key: filled(32),
  label: filled(LIMITS.label),
  meaning: v.fallback(v.picklist(MEANINGS), 'acknowledged'),
})

export const alertSchema = v.object({
  v: v.literal(1),
  id: uuid,
  rev: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  msg_type: v.picklist(['Alert', 'Update', 'Cancel', 'AllClear']),
  status: v.picklist(['Actual', 'Exercise', 'Test']),
  severity: v.picklist(SEVERITIES),
  kind: v.fallback(v.picklist(['instruction', 'failover', 'switch_back', 'roll_call']), 'instruction'),
  headline: filled(LIMITS.headline),
  instruction: text(LIMITS.instruction),
  next_step: filled(LIMITS.next_step),
  responses: v.pipe(v.array(responseOption), v.maxLength(6)),
  effective: timestamp,
  expires: v.optional(timestamp),
  playbook: v.optional(text(64)),
  audience: v.object({ label: text(200), rooms: v.array(roomId) }),
  info: v.optional(
    v.array(
      v.object({
        lang: text(8),
        headline: filled(LIMITS.headline),
        instruction: text(LIMITS.instruction),
        next_step: filled(LIMITS.next_step),
        responses: v.optional(v.record(v.string(), filled(LIMITS.label))),
      }),
    ),
    [],
  ),
  site: v.optional(v.object({ from: text(16), to: text(16), incident: uuid })),
})

export type AlertContent = v.InferOutput<typeof alertSchema>
export type ResponseOption = AlertContent['responses'][number]

/** One event that carried an alert, in one of its rooms. */
export interface AlertRevision {
  content: AlertContent
  event_id: EventId
  room_id: RoomId
  sender: UserId
  at: number
}
export const alertRevisionSchema = v.object({
  content: alertSchema,
  event_id: eventId,
  room_id: roomId,
  sender: userId,
  at: timestamp,
})

/** The alert an event of an alert room carries, if its sender may send one there (ALERT-1); null otherwise. */
export function readAlert(room: AgencyRoom, event: RoomEvent): AlertRevision | null {
  if (event.type !== 'm.room.message' || !maySendAlert(room, event.sender)) return null
  const content = parseOrNull(alertSchema, event.content[TYPE.alert])
  if (!content) return null
  return { content, event_id: event.event_id, room_id: room.id, sender: event.sender, at: event.origin_server_ts }
}

export type Phase = 'announced' | 'open' | 'ended' | 'withdrawn' | 'expired'

export interface Alert {
  id: AlertId
  /** What counts now: the highest revision (ALERT-2). */
  current: AlertRevision
  /** One of each revision, oldest first. */
  history: AlertRevision[]
  rooms: RoomId[]
  /** When people were told of another switch than this one tells of, ms. */
  overtaken?: number
}

/** It stands in no room yet: a relay has rung it while no homeserver answered (LAST-5). */
export const isAlarm = ({ event_id }: Pick<AlertRevision, 'event_id'>): boolean => event_id.startsWith('$alarm.')

function newer(a: AlertRevision, b: AlertRevision): number {
  if (a.content.rev !== b.content.rev) return a.content.rev - b.content.rev
  if (isAlarm(a) !== isAlarm(b)) return isAlarm(a) ? -1 : 1
  if (a.at !== b.at) return a.at - b.at
  if (a.event_id !== b.event_id) return a.event_id < b.event_id ? -1 : 1
  // Two copies of one event: a push brings it shortened, the room whole (ALERT-4).
  return JSON.stringify(a.content).length - JSON.stringify(b.content).length
}

const toldAt = ({ history }: Alert): number => startOf(history[0]!)
const statusOf = ({ current }: Alert) => current.content.status
const tellsOfSwitch = ({ current: { content } }: Alert): boolean =>
  content.site !== undefined && content.msg_type !== 'Cancel'

/** Marks what was told of a switch before the last one: by a drill only what is a drill (ALERT-12). */
function overtake(alerts: readonly Alert[]): Alert[] {
  const switches = alerts.filter(tellsOfSwitch)
  return alerts.map((alert) => {
    if (!tellsOfSwitch(alert)) return alert
    const counts = (other: Alert) => statusOf(other) === 'Actual' || statusOf(other) === statusOf(alert)
    const later = switches.filter((other) => toldAt(other) > toldAt(alert) && counts(other)).map(toldAt)
    return later.length ? { ...alert, overtaken: Math.min(...later) } : alert
  })
}

/** Makes alerts of revisions in any order, from any number of rooms, with any number of copies. */
export function foldAlerts(revisions: Iterable<AlertRevision>): Alert[] {
  const byId = new Map<AlertId, AlertRevision[]>()
  for (const r of revisions) byId.set(r.content.id, [...(byId.get(r.content.id) ?? []), r])
  const alerts = [...byId].map(([id, all]): Alert => {
    const sorted = all.toSorted(newer)
    const perRev = new Map(sorted.map((r) => [r.content.rev, r]))
    const history = [...perRev.values()]
    const rooms = [...new Set(sorted.map((r) => r.room_id))]
    return { id, current: history.at(-1)!, history, rooms }
  })
  return overtake(alerts)
}

/**
 * How much later than its event `effective` must be for an alert to be meant for later, ms: less is only the clock of
 * whoever wrote it, and would keep people from answering what is urgent (ALERT-11).
 */
export const SCHEDULED_AHEAD = 5 * 60_000

type Sent = Pick<AlertRevision, 'content' | 'at'>
const isScheduled = ({ content, at }: Sent): boolean => content.effective - at > SCHEDULED_AHEAD

/** When a revision takes effect, ms: when it was sent, by its server's clock, unless it was written for later. */
export const startOf = (sent: Sent): number => (isScheduled(sent) ? sent.content.effective : sent.at)

/** When an alert ends by itself, ms; infinite: it holds until somebody ends it. */
export const endOf = ({ current, overtaken = Infinity }: Alert): number =>
  Math.min(current.content.expires ?? Infinity, overtaken)

/** Where an alert stands at `now`, ms. */
export function phaseOf(alert: Alert, now: number): Phase {
  const { msg_type, effective } = alert.current.content
  if (msg_type === 'Cancel') return 'withdrawn'
  if (msg_type === 'AllClear') return 'ended'
  if (now >= endOf(alert)) return 'expired'
  return isScheduled(alert.current) && now < effective ? 'announced' : 'open'
}

/** Waits for my answer first, then severity, then newest (ALERT-3). */
export function byUrgency(waits: (alert: Alert) => boolean): (a: Alert, b: Alert) => number {
  const rank = (a: Alert) => SEVERITIES.indexOf(a.current.content.severity)
  return (a, b) => Number(waits(b)) - Number(waits(a)) || rank(a) - rank(b) || startOf(b.current) - startOf(a.current)
}

export interface AlertText {
  lang: string
  headline: string
  instruction: string
  next_step: string
  responses: ResponseOption[]
}

/** The words of an alert in the reader's language where it brought them, else as written (German). */
export function textOf(content: AlertContent, language: Language): AlertText {
  const info = content.info.find((i) => i.lang === language)
  if (!info) {
    const { headline, instruction, next_step, responses } = content
    return { lang: 'de', headline, instruction, next_step, responses }
  }
  // Keys are other people's text: `constructor` is not a label.
  const labels = new Map(Object.entries(info.responses ?? {}))
  const responses = content.responses.map((r) => ({ ...r, label: labels.get(r.key) ?? r.label }))
  return {
    lang: info.lang,
    headline: info.headline,
    instruction: info.instruction,
    next_step: info.next_step,
    responses,
  }
}

const WORDS: Record<Language, Record<Severity | 'AllClear' | 'Cancel' | 'drill', string>> = {
  de: {
    Extreme: 'EXTREM',
    Severe: 'SCHWERWIEGEND',
    Moderate: 'WICHTIG',
    Minor: 'HINWEIS',
    AllClear: 'ENTWARNUNG',
    Cancel: 'ZURÜCKGENOMMEN',
    drill: '[ÜBUNG] ',
  },
  en: {
    Extreme: 'EXTREME',
    Severe: 'SEVERE',
    Moderate: 'IMPORTANT',
    Minor: 'NOTICE',
    AllClear: 'ALL CLEAR',
    Cancel: 'WITHDRAWN',
    drill: '[DRILL] ',
  },
}
/**
 * The word that opens an alert wherever there is only text: Element, a lock screen. In the language of the text behind it.
 * What ends an alert must not read like one (ALERT-7).
 */
export function severityWord({ msg_type, severity }: AlertContent, language: Language): string {
  switch (msg_type) {
    case 'AllClear':
    case 'Cancel':
      return WORDS[language][msg_type]
    case 'Alert':
    case 'Update':
      return WORDS[language][severity]
    default:
      return msg_type satisfies never
  }
}

/** What stands before everything that is only text of a drill; nothing in earnest. */
export const drillMark = ({ status }: AlertContent, language: Language): string =>
  status === 'Actual' ? '' : WORDS[language].drill

/** The message that carries an alert, readable in any Matrix client (docs/protocol.md, Alert). */
export function alertMessage(content: AlertContent, client_id: string): Record<string, unknown> {
  const lines = [
    `${severityWord(content, 'de')} · ${content.headline}`,
    content.instruction,
    `Nächster Schritt: ${content.next_step}`,
  ]
  const body = drillMark(content, 'de') + lines.filter(Boolean).join('\n\n')
  return { msgtype: 'm.text', body, [TYPE.alert]: content, [TYPE.clientId]: client_id }
}
