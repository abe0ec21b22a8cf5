/** What goes to a phone by Web Push: declarative (web_push 8030) and classic in one. Rules PUSH-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import {
  alertRevisionSchema,
  drillMark,
  LIMITS,
  severityWord,
  textOf,
  type AlertContent,
  type AlertRevision,
  type Language,
} from './alert.ts'
import { roomId, uuid } from './ids.ts'
import type { Reminder } from './reminder.ts'
import type { AgencyRoom } from './room.ts'

/** Largest plaintext, in bytes: 4,096 of body less header, padding and tag (RFC 8291, section 4). */
export const MAX_PLAINTEXT = 3993

const notificationSchema = v.object({
  title: v.string(),
  body: v.string(),
  lang: v.optional(v.string(), 'de'),
  navigate: v.pipe(v.string(), v.url()),
  tag: v.string(),
})
export type PushNotification = v.InferOutput<typeof notificationSchema>

const pushSchema = v.object({
  web_push: v.literal(8030),
  notification: notificationSchema,
  'de.notanker': v.variant('kind', [
    v.object({ v: v.literal(1), kind: v.literal('alert'), revision: alertRevisionSchema }),
    v.object({ v: v.literal(1), kind: v.literal('test'), id: uuid, sent_at: v.number() }),
    v.object({ v: v.literal(1), kind: v.literal('reminder') }),
    v.object({ v: v.literal(1), kind: v.literal('room'), room: roomId }),
  ]),
})
export type Push = v.InferOutput<typeof pushSchema>

/** Reads a push message; null when it is none of ours. */
export const readPush = (input: unknown): Push | null => parseOrNull(pushSchema, input)

const bytes = (push: Push): number => new TextEncoder().encode(JSON.stringify(push)).length

/** Graphemes are the same in every language that we have. */
const graphemes = new Intl.Segmenter('de', { granularity: 'grapheme' })

/** Cuts at a word, with "…", to at most `max` UTF-16 units; never through what a reader takes for one character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  if (max < 1) return ''
  const head = text.slice(0, graphemes.segment(text).containing(max - 1)?.index)
  const space = head.lastIndexOf(' ')
  return `${space > max / 2 ? head.slice(0, space) : head}…`
}

function alertPush(app: string, revision: AlertRevision, language: Language): Push {
  const text = textOf(revision.content, language)
  // An alert that does not bring the reader's language is all in its own: one language, one voice.
  const words = text.lang === 'en' ? 'en' : 'de'
  const step = words === 'en' ? 'Next step' : 'Nächster Schritt'
  return {
    web_push: 8030,
    notification: {
      title: `${drillMark(revision.content, words)}${severityWord(revision.content, words)} · ${text.headline}`,
      body: `${step}: ${text.next_step}`,
      lang: text.lang,
      navigate: `${app}/alert/${revision.content.id}`,
      tag: revision.content.id,
    },
    'de.notanker': { v: 1, kind: 'alert', revision },
  }
}

/** The texts of an alert, the reader's translation included, each no longer than `max` says. */
function shorten(
  content: AlertContent,
  max: { instruction: number; next_step?: number; headline?: number },
): AlertContent {
  const texts = <T extends Record<'headline' | 'instruction' | 'next_step', string>>(of: T): T => ({
    ...of,
    headline: cut(of.headline, max.headline ?? Infinity),
    instruction: cut(of.instruction, max.instruction),
    next_step: cut(of.next_step, max.next_step ?? Infinity),
  })
  return { ...texts(content), info: content.info.map(texts) }
}

/** Where the texts are as good as gone, what else is long goes too. The room event brings all of it back. */
function bare({ playbook: _, ...content }: AlertContent, next_step: number, headline: number): AlertContent {
  const responses = content.responses.slice(0, 3)
  const audience = { label: cut(content.audience.label, 40), rooms: [] }
  const info = content.info.map(({ responses: _labels, ...texts }) => texts)
  return shorten({ ...content, responses, audience, info }, { instruction: 0, next_step, headline })
}

/** The greatest number up to `most` for which `fits` holds, found by halving; 0 if there is none. */
function greatest(most: number, fits: (n: number) => boolean): number {
  let [low, high] = [0, most]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * Smaller and smaller: what is there for other readers goes first, then the end of the instruction; the next step is
 * never cut before the instruction is gone (PUSH-3).
 */
function* smaller(
  content: AlertContent,
  language: Language,
  fits: (c: AlertContent) => boolean,
): Generator<AlertContent> {
  yield content
  const info = content.info.filter((i) => i.lang === language).slice(0, 1)
  const own = { ...content, info, audience: { ...content.audience, rooms: [] } }
  const upTo = (instruction: number) => shorten(own, { instruction })
  yield upTo(greatest(LIMITS.instruction, (max) => fits(upTo(max))))
  yield bare(own, LIMITS.next_step, LIMITS.headline)
  yield bare(own, 150, 80)
  const { headline, next_step } = textOf(own, language)
  // One language is enough now: the reader's.
  const last = { ...own, headline, next_step, info: [], responses: [] }
  yield bare(last, 80, 40)
  // Control characters are six bytes each in JSON.
  yield bare(last, 40, 20)
}

/** The push of an alert in the reader's language, at most `MAX_PLAINTEXT` bytes, whatever the alert holds (PUSH-3). */
export function pushOfAlert(app: string, revision: AlertRevision, language: Language): Push {
  const pushOf = (content: AlertContent) => alertPush(app, { ...revision, content }, language)
  const fits = (content: AlertContent) => bytes(pushOf(content)) <= MAX_PLAINTEXT
  const contents = smaller(revision.content, language, fits)
  let content = revision.content
  for (content of contents) if (fits(content)) break
  return pushOf(content)
}

/** The push of a self-test: proves the way from relay to screen. `sent_at` in ms of the relay's clock. */
export function pushOfTest(app: string, id: string, sent_at: number, language: Language): Push {
  const text =
    language === 'de'
      ? { title: 'Probealarm', body: 'So klingelt Notanker auf diesem Gerät.' }
      : { title: 'Test alarm', body: 'This is how Notanker rings on this device.' }
  return {
    web_push: 8030,
    notification: { ...text, lang: language, navigate: `${app}/readiness`, tag: 'test' },
    'de.notanker': { v: 1, kind: 'test', id, sent_at },
  }
}

/** The push of messages in a room: where they are, and never what they say (PUSH-29). */
export const pushOfRoom = (app: string, { id, title }: Pick<AgencyRoom, 'id' | 'title'>, language: Language): Push => ({
  web_push: 8030,
  notification: {
    title: cut(title, 120),
    body: language === 'de' ? 'Neue Nachricht' : 'New message',
    lang: language,
    navigate: `${app}/rooms/${encodeURIComponent(id)}`,
    tag: id,
  },
  'de.notanker': { v: 1, kind: 'room', room: id },
})

const REMINDERS: Record<Reminder, Record<Language, { title: string; body: string }>> = {
  expired: {
    de: {
      title: 'Ein Standort kennt Ihre Anmeldung nicht mehr',
      body: 'Bitte öffnen Sie Notanker und melden Sie sich dort wieder an, bevor Sie ihn brauchen.',
    },
    en: {
      title: 'A site no longer knows your sign-in',
      body: 'Please open Notanker and sign in there again, before you need it.',
    },
  },
  unseen: {
    de: {
      title: 'Bitte öffnen Sie Notanker kurz',
      body: 'Seit einer Woche wurde nicht geprüft, ob dieses Gerät für den Ernstfall bereit ist.',
    },
    en: {
      title: 'Please open Notanker for a moment',
      body: 'For a week nobody has checked whether this device is ready for an emergency.',
    },
  },
}

/** The push that asks for a look at Bereitschaft (READY-9). */
export const pushOfReminder = (app: string, reminder: Reminder, language: Language): Push => ({
  web_push: 8030,
  notification: {
    ...REMINDERS[reminder][language],
    lang: language,
    navigate: `${app}/readiness`,
    tag: 'reminder',
  },
  'de.notanker': { v: 1, kind: 'reminder' },
})
