/** What goes to a phone by Web Push: declarative (web_push 8030) and classic in one. Rules PUSH-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import {
  alertRevisionSchema,
  LIMITS,
  severityWord,
  textOf,
  type AlertContent,
  type AlertRevision,
  type Language,
} from './alert.ts'
import { uuid } from './ids.ts'

/** Largest plaintext, in bytes: 4,096 of body less RFC 8291's header, padding and tag. */
export const MAX_PLAINTEXT = 3992

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
  ]),
})
export type Push = v.InferOutput<typeof pushSchema>

/** Reads a push message; null when it is none of ours. */
export const readPush = (input: unknown): Push | null => parseOrNull(pushSchema, input)

const bytes = (push: Push): number => new TextEncoder().encode(JSON.stringify(push)).length

/** Cuts at a word, with "…", to at most `max` UTF-16 units; never through the middle of a character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  if (max < 1) return ''
  const head = text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')
  const space = head.lastIndexOf(' ')
  return `${space > max / 2 ? head.slice(0, space) : head}…`
}

function alertPush(app: string, revision: AlertRevision, language: Language): Push {
  const text = textOf(revision.content, language)
  const drill = revision.content.status === 'Actual' ? '' : '[ÜBUNG] '
  const step = text.lang === 'en' ? 'Next step' : 'Nächster Schritt'
  return {
    web_push: 8030,
    notification: {
      title: `${drill}${severityWord(revision.content)} · ${text.headline}`,
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

/** Smaller and smaller: the instruction is cut first, the next step never before it is gone (PUSH-3). */
function* smaller(content: AlertContent, language: Language): Generator<AlertContent> {
  yield content
  const info = content.info.filter((i) => i.lang === language).slice(0, 1)
  const own = { ...content, info, audience: { ...content.audience, rooms: [] } }
  for (const instruction of [LIMITS.instruction, 1200, 600, 300, 150, 0]) yield shorten(own, { instruction })
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
  let push = alertPush(app, revision, language)
  for (const content of smaller(revision.content, language)) {
    push = alertPush(app, { ...revision, content }, language)
    if (bytes(push) <= MAX_PLAINTEXT) break
  }
  return push
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
