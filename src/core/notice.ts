/**
 * Notifications of alerts: how they ring, which answers they offer, when their time is over, and what they say once one
 * was tapped. Page and worker decide alike. Rules NOTICE-* in docs/spec.md. Pure.
 */
import * as v from 'valibot'
import {
  alertRevisionSchema,
  drillMark,
  foldAlerts,
  phaseOf,
  textOf,
  type AlertContent,
  type AlertRevision,
  type Language,
  type ResponseOption,
  type Severity,
} from './alert.ts'
import { parseOrNull } from './parse.ts'
import type { Registered, Response } from './response.ts'

/** What has become of an answer that was tapped. */
export type Stage = 'sending' | 'waiting' | 'registered' | 'refused'

/** `data` of a notification, for whoever deals with it later: perhaps a worker of another version. */
const noticeSchema = v.object({
  navigate: v.optional(v.string(), '/'),
  lang: v.fallback(v.picklist(['de', 'en']), 'de'),
  revision: v.optional(alertRevisionSchema),
  /** It no longer asks, but says what became of the answer. */
  stage: v.optional(v.picklist(['sending', 'waiting', 'registered', 'refused'])),
})
export type Notice = v.InferOutput<typeof noticeSchema>
export const readNotice = (data: unknown): Notice | null => parseOrNull(noticeSchema, data)

/** As much of `NotificationOptions` as is used, and what TypeScript's library does not have of it. */
export interface NoticeOptions {
  body: string
  lang: string
  tag: string
  icon: string
  badge: string
  data: Notice
  requireInteraction: boolean
  /** In Chromium only: what takes the place of another one of its tag rings again. */
  renotify: boolean
  silent?: boolean
  vibrate?: number[]
  actions?: { action: string; title: string }[]
}

export const LOOK = { icon: '/icons/icon-192.png', badge: '/icons/badge-96.png' }

/** ms of vibration, pause, vibration …, where the system leaves that to the app. What ends an alert is like the least. */
const VIBRATION: Record<Severity, number[]> = {
  Extreme: [600, 200, 600, 200, 600, 200, 600],
  Severe: [400, 200, 400, 200, 400],
  Moderate: [300],
  Minor: [100],
}

const ends = ({ msg_type }: AlertContent): boolean => msg_type === 'AllClear' || msg_type === 'Cancel'

/**
 * As many answers as the browser shows, in the alert's order. Where one asks for help it is among them: nobody in need
 * has to look for it (NOTICE-1).
 */
export function offered(options: readonly ResponseOption[], most: number): ResponseOption[] {
  const first = options.slice(0, most)
  const help = options.find(({ meaning }) => meaning === 'need_help')
  return help && first.length && !first.includes(help) ? [...first.slice(0, -1), help] : first
}

/** How an alert rings and stays. `most`: actions that this browser shows. */
export function ringing(
  { content }: AlertRevision,
  lang: Language,
  most: number,
): Pick<NoticeOptions, 'requireInteraction' | 'vibrate' | 'actions'> {
  if (ends(content)) return { requireInteraction: false, vibrate: VIBRATION.Minor }
  const options = offered(textOf(content, lang).responses, most)
  return {
    requireInteraction: content.severity === 'Extreme' || content.severity === 'Severe',
    vibrate: VIBRATION[content.severity],
    ...(options.length ? { actions: options.map(({ key, label }) => ({ action: key, title: label })) } : {}),
  }
}

/** Whether an answer may be tapped on it now; `now` in ms. */
export const takesAnswers = (revision: AlertRevision, key: string, now: number): boolean =>
  revision.content.responses.some((option) => option.key === key) &&
  foldAlerts([revision]).every((alert) => phaseOf(alert, now) === 'open')

const WORDS: Record<Language, Record<Stage, (time: string) => { title: string; more?: string }>> = {
  de: {
    sending: () => ({ title: 'Wird gesendet' }),
    waiting: () => ({ title: 'Noch nicht gesendet', more: 'Wird gesendet, sobald es geht.' }),
    registered: (time) => ({ title: `Registriert um ${time}` }),
    refused: () => ({ title: 'Abgelehnt', more: 'Bitte öffnen Sie Notanker.' }),
  },
  en: {
    sending: () => ({ title: 'Sending' }),
    waiting: () => ({ title: 'Not sent yet', more: 'Will be sent as soon as possible.' }),
    registered: (time) => ({ title: `Registered at ${time}` }),
    refused: () => ({ title: 'Refused', more: 'Please open Notanker.' }),
  },
}

/** The last answer to an alert that was given on this device, in the app or on a notification. */
export interface GivenAnswer {
  response: Pick<Response, 'alert' | 'key' | 'at'>
  registered?: Pick<Registered, 'at'> | undefined
  refused?: true | undefined
}

export const stageOf = ({ registered, refused }: GivenAnswer): Stage =>
  registered ? 'registered' : refused ? 'refused' : 'waiting'

/** Whether the answer is one to what this notification shows: a later revision asks anew, what ends an alert not at all. */
export const answers = ({ response }: GivenAnswer, { content, at }: AlertRevision): boolean =>
  !ends(content) && response.alert === content.id && response.at >= at

/** `14:32` in the device's own time zone. */
function clock(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}

/** Takes the place of the notification that was answered, without a sound (NOTICE-3). */
export function receipt(
  { navigate, lang, revision }: Notice & { revision: AlertRevision },
  answer: GivenAnswer,
  stage = stageOf(answer),
): { title: string; options: NoticeOptions } {
  const { headline, responses } = textOf(revision.content, lang)
  const { title, more } = WORDS[lang][stage](clock(answer.registered?.at ?? 0))
  const label = responses.find(({ key }) => key === answer.response.key)?.label ?? answer.response.key
  return {
    title: `${drillMark(revision.content, lang)}${title} · ${label}`,
    options: {
      ...LOOK,
      body: more ? `${more}\n${headline}` : headline,
      lang,
      tag: revision.content.id,
      data: { navigate, lang, revision, stage },
      requireInteraction: false,
      renotify: false,
      silent: true,
    },
  }
}

/** What the app knows of an alert that is shown. */
export interface AlertStands {
  id: string
  /** It has ended, by whatever. */
  over: boolean
  mine: GivenAnswer | null
}

/**
 * What becomes of a notification when the app knows more, or is looked at (NOTICE-6). What ends an alert stays:
 * it is the news. So does a later revision than the one that was answered.
 */
export function fateOf(
  { revision, stage }: Notice,
  alerts: readonly AlertStands[],
  looked: boolean,
): 'stays' | 'goes' | { receipt: GivenAnswer } {
  const alert = alerts.find(({ id }) => id === revision?.content.id)
  if (!revision || !alert || ends(revision.content)) return 'stays'
  const { mine, over } = alert
  if (!stage) return over || (mine && answers(mine, revision)) ? 'goes' : 'stays'
  if (looked) return 'goes'
  return mine?.registered && stage !== 'registered' ? { receipt: mine } : 'stays'
}
