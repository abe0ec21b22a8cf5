/** The app's own files, on the device: nothing of the network is needed to start. Rules UPDATE-* in docs/spec.md. */
import { PrecacheController, PrecacheRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { whole } from './whole.ts'
import { NO_SCREEN } from './screens.ts'

declare const self: ServiceWorkerGlobalScope

/** `tidy` is for the start of a window: what was lost is fetched again, what no window needs any more goes. */
export interface Precache {
  tidy(event: ExtendableEvent): Promise<void>
}

export function precache(files: Parameters<PrecacheController['addToCacheList']>[0]): Precache {
  const controller = new PrecacheController({ plugins: [whole] })
  controller.addToCacheList(files)
  self.addEventListener('install', (event) => void controller.install(event))
  // First, so that a page which got lost may come from the host, whatever version that has by now.
  registerRoute(new NavigationRoute(controller.createHandlerBoundToURL('index.html'), { denylist: NO_SCREEN }))
  registerRoute(new PrecacheRoute(controller, { cleanURLs: false }))
  // A window of an earlier version goes on with the files that it has not loaded yet (UPDATE-5).
  registerRoute(
    ({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith('/assets/'),
    async ({ request }) => (await caches.match(request)) ?? fetch(request),
  )

  /** A file that the browser has dropped; bytes of another version do not pass for it. */
  const fetchAgain = (event: ExtendableEvent, url: string, cacheKey: string) =>
    controller.strategy.handle({
      event,
      request: new Request(url, { cache: 'no-cache' }),
      params: { cacheKey, integrity: controller.getIntegrityForCacheKey(cacheKey) },
    })

  return {
    async tidy(event) {
      const all = [...controller.getURLsToCacheKeys()]
      await Promise.allSettled(all.map(([url, cacheKey]) => fetchAgain(event, url, cacheKey)))
      const { installing, waiting } = self.registration
      const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
      if (windows.length <= 1 && !installing && !waiting) await controller.activate(event)
    },
  }
}
