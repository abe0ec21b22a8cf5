/** The service worker: what goes on when no window is open. Each line is a chapter. */
import { openInbox } from '../platform/inbox.ts'
import { passBy } from './bypass.ts'
import { followClick } from './click.ts'
import { deploymentFile, isDeploymentFile } from './deployment.ts'
import { precache } from './precache.ts'
import { ring } from './push.ts'

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: Parameters<typeof precache>[0] }

const inbox = openInbox()
const { origin } = self.location
const show = (title: string, options: NotificationOptions) => self.registration.showNotification(title, options)

const files = precache(self.__WB_MANIFEST)

self.addEventListener('install', (event) => event.waitUntil(passBy(event)))

self.addEventListener('fetch', (event) => {
  if (isDeploymentFile(event.request.url, origin)) event.respondWith(deploymentFile(event.request))
})

self.addEventListener('push', (event) => {
  event.waitUntil(ring(event.data?.text() ?? '', { origin, show, inbox }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const windows = {
    all: () => self.clients.matchAll({ type: 'window', includeUncontrolled: true }),
    open: (path: string) => self.clients.openWindow(path),
  }
  event.waitUntil(followClick(event.notification.data, { origin, windows, inbox }))
})

// The worker cannot tell the relays, since it never holds a Matrix token.
self.addEventListener('pushsubscriptionchange', () => inbox.tellSubscriptionChange())

self.addEventListener('message', (event) => {
  const type = (event.data as { type?: unknown } | null)?.type
  // The page says when: never under somebody who writes.
  if (type === 'SKIP_WAITING') void self.skipWaiting()
  if (type === 'STARTED') event.waitUntil(files.tidy(event))
})

// Without it the first window would stay without a worker, and its first update would wait for ever.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
