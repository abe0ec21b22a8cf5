/**
 * A push has come. First of all something is shown, whatever the rest does: a push without a visible notification costs
 * the permission on iOS and the subscription in Firefox.
 */
import * as v from 'valibot'
import type { AlertRevision, Language } from '../core/alert.ts'
import { LOOK, ringing, type NoticeOptions } from '../core/notice.ts'
import { parseJson } from '../core/parse.ts'
import { pushOfAlert, readPush, type Push } from '../core/push.ts'
import type { InboxDoor } from '../platform/inbox.ts'

/** What a notification shows and holds, however it came. */
export interface Bell {
  origin: string
  /** Actions that this browser shows on a notification. */
  actions: number
  show(title: string, options: NoticeOptions): Promise<void>
  /** What has rung since this worker was started, and when, ms. */
  rung: Map<string, number>
  now(): number
  /** Takes away what is shown under this tag. */
  close(tag: string): Promise<void>
  /** Whether somebody has this place of the app before them. */
  inView(url: string): Promise<boolean>
  inbox: Pick<InboxDoor, 'putAlert' | 'putRoom' | 'putTest'>
}

/** What we can show of a push that is not (or not yet) known to this worker: a newer relay's, or a room message's. */
const plainPush = v.object({
  notification: v.object({
    title: v.pipe(v.string(), v.minLength(1)),
    body: v.optional(v.string(), ''),
    lang: v.optional(v.string(), 'de'),
    tag: v.optional(v.pipe(v.string(), v.minLength(1)), 'notanker'),
    navigate: v.optional(v.string(), '/'),
  }),
})
type Words = v.InferOutput<typeof plainPush>['notification']

const UNREADABLE: Words = {
  title: 'Neue Nachricht von Notanker',
  body: '',
  lang: 'de',
  tag: 'notanker',
  navigate: '/',
}

function optionsOf({ body, lang, tag, navigate }: Words, revision: AlertRevision | null, actions: number) {
  const language: Language = lang === 'en' ? 'en' : 'de'
  return {
    ...LOOK,
    body,
    lang,
    tag,
    data: { navigate, lang: language, ...(revision ? { revision } : {}) },
    // A reminder or an update replaces the notification of the same tag, and shall ring again.
    renotify: true,
    ...(revision ? ringing(revision, language, actions) : { requireInteraction: false }),
  } satisfies NoticeOptions
}

type Delivered = { push: Push | null; words: Words }

function readDelivery(text: string): Delivered {
  const json = parseJson(v.unknown(), text)
  const push = json.ok ? readPush(json.value) : null
  if (push) return { push, words: push.notification }
  const plain = parseJson(plainPush, text)
  return { push, words: plain.ok ? plain.value.notification : UNREADABLE }
}

/** Puts it by for the page. Returns what has overtaken it: a higher revision of its alert that came earlier. */
async function putBy(push: Push, inbox: Bell['inbox']) {
  const content = push['de.notanker']
  switch (content.kind) {
    case 'test':
      await inbox.putTest({ id: content.id, sent_at: content.sent_at })
      return null
    case 'reminder':
      return null
    case 'room':
      await inbox.putRoom(content.room)
      return null
    case 'alert': {
      const highest = await inbox.putAlert(content.revision)
      return highest.content.rev > content.revision.content.rev ? highest : null
    }
    default:
      return content satisfies never
  }
}

/** What is silent must not ask for vibration: browsers refuse to show that. */
const quiet = ({ vibrate: _, ...options }: NoticeOptions): NoticeOptions => ({
  ...options,
  silent: true,
  renotify: false,
})

/** Another relay's copy comes before that, and the next round of ringing after it, ms. */
const COPY = 30_000

/** Whether the same has just rung. */
function isCopy({ tag, title, body }: Words, { rung, now }: Bell): boolean {
  const key = [tag, title, body].join('\n')
  const before = rung.get(key) ?? -Infinity
  rung.set(key, now())
  return Math.abs(now() - before) < COPY
}

/**
 * Shows, puts by, and corrects what it has shown. Rejects when it could not show or not put by, after trying both. Returns
 * the alert that stands on the screen now; null: it was no alert.
 */
export async function ring(text: string, bell: Bell): Promise<AlertRevision | null> {
  const { origin, actions, show, close, inView, inbox } = bell
  const { push, words } = readDelivery(text)
  const content = push?.['de.notanker']
  const revision = content?.kind === 'alert' ? content.revision : null
  const read = content?.kind === 'room' && (await inView(words.navigate).catch(() => false))
  const options = optionsOf(words, revision, actions)
  const isQuiet = read || (revision !== null && isCopy(words, bell))
  const [shown] = await Promise.allSettled([show(words.title, isQuiet ? quiet(options) : options)])
  if (read) await close(words.tag)
  let newer: AlertRevision | null = null
  if (push && !read) {
    newer = await putBy(push, inbox)
    // A late copy of the alert must not stand where its all-clear stood.
    if (newer) {
      const { notification } = pushOfAlert(origin, newer, words.lang === 'en' ? 'en' : 'de')
      await show(notification.title, { ...optionsOf(notification, newer, actions), renotify: false })
    }
  }
  if (shown.status === 'rejected') throw shown.reason
  return newer ?? revision
}
