/** The service worker: what goes on when no window is open. Each line is a chapter. */
import { openInbox } from '../platform/inbox.ts'
import { close as closeNotices } from '../platform/notices.ts'
import { gateOf, goOn, sendAgain, tapAnswer, type Counter } from './answer.ts'
import { recount } from './badge.ts'
import { passBy } from './bypass.ts'
import { followClick } from './click.ts'
import { deploymentFile, isDeploymentFile } from './deployment.ts'
import { precache } from './precache.ts'
import { ring } from './push.ts'
import { tellShown } from './shown.ts'

/** What not every browser has, and so not TypeScript's library. */
interface Further {
  Notification: { maxActions?: number }
  registration: { sync?: { register(tag: string): Promise<void> } }
  addEventListener(type: 'sync', run: (event: ExtendableEvent) => void): void
}
declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: Parameters<typeof precache>[0] } & Further

const inbox = openInbox()
const { origin } = self.location
const actions = self.Notification.maxActions ?? 0
const windows = () => self.clients.matchAll({ type: 'window', includeUncontrolled: true })
async function inView(url: string): Promise<boolean> {
  const place = new URL(url, origin).pathname
  return (await windows()).some((w) => w.visibilityState === 'visible' && new URL(w.url).pathname === place)
}
const rung = new Map<string, number>()
const show: Counter['shows']['showNotification'] = (...what) => self.registration.showNotification(...what)
const close = (tag: string) => closeNotices(self.registration, [tag])
const counter: Counter = {
  inbox,
  shows: self.registration,
  gate: gateOf,
  now: Date.now,
  later: async () => self.registration.sync?.register('answers').catch(() => undefined),
}

const files = precache(self.__WB_MANIFEST)

self.addEventListener('install', (event) => event.waitUntil(passBy(event)))

self.addEventListener('fetch', (event) => {
  if (isDeploymentFile(event.request.url, origin)) event.respondWith(deploymentFile(event.request))
})

self.addEventListener('push', (event) => {
  const done = ring(event.data?.text() ?? '', { origin, actions, rung, now: Date.now, show, close, inView, inbox })
  // A push has come through: the network is there.
  event.waitUntil(done.finally(() => recount(inbox)).finally(() => goOn(counter)))
  event.waitUntil(done.then((alert) => alert && tellShown(alert, inbox)))
})

self.addEventListener('sync', (event) => event.waitUntil(sendAgain(counter)))

self.addEventListener('notificationclick', (event) => {
  const { notification, action } = event
  const desk = { all: windows, open: (path: string) => self.clients.openWindow(path) }
  async function dealWith(): Promise<void> {
    if (action && (await tapAnswer(notification.data, action, counter))) return recount(inbox)
    notification.close()
    await followClick(notification.data, { origin, windows: desk, inbox })
  }
  event.waitUntil(dealWith())
})

// The worker cannot tell the relays, since it never holds a Matrix token.
self.addEventListener('pushsubscriptionchange', () => inbox.tell())

self.addEventListener('message', (event) => {
  const type = (event.data as { type?: unknown } | null)?.type
  // The page says when: never under somebody who writes.
  if (type === 'SKIP_WAITING') void self.skipWaiting()
  if (type === 'STARTED') event.waitUntil(files.tidy(event))
})

// Without it the first window would stay without a worker, and its first update would wait for ever.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
