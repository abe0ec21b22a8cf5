/**
 * A push has come. First of all something is shown, whatever the rest does: a push without a visible notification costs
 * the permission on iOS and the subscription in Firefox.
 */
import * as v from 'valibot'
import type { AlertContent } from '../core/alert.ts'
import { parseJson } from '../core/parse.ts'
import { pushOfAlert, readPush, type Push } from '../core/push.ts'
import type { InboxDoor } from '../platform/inbox.ts'

/** As far as workers may ask for it; `renotify` is in Chromium only, and so not in TypeScript's library. */
export interface Options extends NotificationOptions {
  renotify?: boolean
}

export interface Bell {
  origin: string
  show(title: string, options: Options): Promise<void>
  inbox: Pick<InboxDoor, 'putAlert' | 'putTest'>
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
type Notice = v.InferOutput<typeof plainPush>['notification']

const UNREADABLE: Notice = {
  title: 'Neue Nachricht von Notanker',
  body: '',
  lang: 'de',
  tag: 'notanker',
  navigate: '/',
}

/** Whether it stays on the screen until somebody deals with it. */
const insists = ({ severity, msg_type }: AlertContent) =>
  (severity === 'Extreme' || severity === 'Severe') && msg_type !== 'AllClear' && msg_type !== 'Cancel'

function optionsOf({ body, lang, tag, navigate }: Notice, alert: AlertContent | null): Options {
  return {
    body,
    lang,
    tag,
    icon: '/icons/icon-192.png',
    badge: '/icons/badge-96.png',
    data: { navigate },
    requireInteraction: alert !== null && insists(alert),
    // A reminder or an update replaces the notification of the same tag, and shall ring again.
    renotify: true,
  }
}

type Delivered = { push: Push | null; notice: Notice }

function readDelivery(text: string): Delivered {
  const json = parseJson(v.unknown(), text)
  const push = json.ok ? readPush(json.value) : null
  if (push) return { push, notice: push.notification }
  const plain = parseJson(plainPush, text)
  return { push, notice: plain.ok ? plain.value.notification : UNREADABLE }
}

/** Puts it by for the page. Returns what has overtaken it: a higher revision of its alert that came earlier. */
async function putBy(push: Push, inbox: Bell['inbox']) {
  const content = push['de.notanker']
  switch (content.kind) {
    case 'test':
      await inbox.putTest({ id: content.id, sent_at: content.sent_at })
      return null
    case 'alert': {
      const highest = await inbox.putAlert(content.revision)
      return highest.content.rev > content.revision.content.rev ? highest : null
    }
    default:
      return content satisfies never
  }
}

/** Shows, puts by, and corrects what it has shown. Rejects when it could not show or not put by, after trying both. */
export async function ring(text: string, { origin, show, inbox }: Bell): Promise<void> {
  const { push, notice } = readDelivery(text)
  const content = push?.['de.notanker']
  const alert = content?.kind === 'alert' ? content.revision.content : null
  const [shown] = await Promise.allSettled([show(notice.title, optionsOf(notice, alert))])
  if (push) {
    const newer = await putBy(push, inbox)
    // A late copy of the alert must not stand where its all-clear stood.
    if (newer) {
      const { notification } = pushOfAlert(origin, newer, notice.lang === 'en' ? 'en' : 'de')
      await show(notification.title, { ...optionsOf(notification, newer.content), renotify: false })
    }
  }
  if (shown.status === 'rejected') throw shown.reason
}
