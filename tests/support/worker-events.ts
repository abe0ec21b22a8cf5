/**
 * Events of Chromium's service worker, which has no push service here: handed to the browser as its push client hands
 * them on, so the worker is started, runs and shows as ever.
 */
import type { TestBrowser } from './browsers.ts'

export interface WorkerEvents {
  push(text: string): Promise<void>
  /** As when there is a network again (Background Sync). */
  sync(tag: string): Promise<void>
}

/** Of the worker that is registered for the origin. Needs a page of its own, which is of no origin. */
export async function workerEvents({ browser }: TestBrowser, origin: string): Promise<WorkerEvents> {
  const cdp = await (await browser.newPage()).createCDPSession()
  const registered = Promise.withResolvers<string>()
  cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const found = registrations.find((one) => one.scopeURL.startsWith(origin) && !one.isDeleted)
    if (found) registered.resolve(found.registrationId)
  })
  await cdp.send('ServiceWorker.enable')
  const registrationId = await registered.promise
  return {
    push: (data) => cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data }),
    sync: (tag) => cdp.send('ServiceWorker.dispatchSyncEvent', { origin, registrationId, tag, lastChance: false }),
  }
}
