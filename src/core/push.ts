/** What goes to a phone by Web Push: declarative (web_push 8030) and classic in one. Rules PUSH-* in docs/spec.md. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { alertRevisionSchema, severityWord, textOf, type AlertRevision, type Language } from './alert.ts'
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

/** Cuts at a word, with "…", to at most `max` characters. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const head = text.slice(0, Math.max(0, max - 1))
  const space = head.lastIndexOf(' ')
  return `${space > max / 2 ? head.slice(0, space) : head}…`
}

function alertPush(app: string, revision: AlertRevision, language: Language): Push {
  const text = textOf(revision.content, language)
  const drill = revision.content.status === 'Actual' ? '' : '[ÜBUNG] '
  const step = language === 'de' ? 'Nächster Schritt' : 'Next step'
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

/** The push of an alert, small enough: the instruction is cut first, the next step never before it (PUSH-3). */
export function pushOfAlert(app: string, revision: AlertRevision, language: Language): Push {
  const full = alertPush(app, revision, language)
  if (bytes(full) <= MAX_PLAINTEXT) return full
  const own = { ...revision.content, info: revision.content.info.filter((i) => i.lang === language), audience: { ...revision.content.audience, rooms: [] } }
  for (const max of [1200, 600, 300, 150, 0]) {
    const content = {
      ...own,
      instruction: cut(own.instruction, max),
      info: own.info.map((i) => ({ ...i, instruction: cut(i.instruction, max) })),
    }
    const push = alertPush(app, { ...revision, content }, language)
    if (bytes(push) <= MAX_PLAINTEXT) return push
  }
  const bare = { ...own, instruction: '', info: [], next_step: cut(own.next_step, 150), responses: own.responses.slice(0, 3) }
  return alertPush(app, { ...revision, content: bare }, language)
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
