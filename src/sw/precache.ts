/** The app's own files, on the device: nothing of the network is needed to start. */
import { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { guard } from './guard.ts'
import { NO_SCREEN } from './screens.ts'

export function precache(files: Parameters<typeof precacheAndRoute>[0]): void {
  addPlugins([guard])
  precacheAndRoute(files, { cleanURLs: false })
  cleanupOutdatedCaches()
  registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html'), { denylist: NO_SCREEN }))
}
