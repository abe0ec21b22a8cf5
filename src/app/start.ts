/** Starts what the screens live on: each store reads the device's own storage, none waits for a network (APP-1). */
import type { App } from 'vue'
import type { Router } from 'vue-router'
import type { Inbox, Ports } from '../core/ports.ts'
import type { Snapshots } from './engine/snapshot.ts'
import { recall, remember } from './memory.ts'
import { useAgency } from './stores/agency.ts'
import { useConnection } from './stores/connection.ts'
import { useOutbox } from './stores/outbox.ts'
import { useReadiness } from './stores/readiness.ts'
import { useSession } from './stores/session.ts'

/** A device whose storage hangs looks for the sites all the same, and a hidden window draws nothing, ms. */
const PATIENCE = 3_000

/** Resolves in the task after the frame that shows what this device knows; rejects when that cannot be read. */
async function firstScreen(started: Promise<unknown>, { now, onChange }: Snapshots): Promise<void> {
  const loaded = Promise.withResolvers<void>()
  const stop = onChange(loaded.resolve)
  if (now()) loaded.resolve()
  const drawn = Promise.all([started, loaded.promise]).then(
    () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))),
  )
  await Promise.race([drawn, new Promise((resolve) => setTimeout(resolve, PATIENCE))]).finally(stop)
}

/** `shown`: what comes after it, the SDK and the network, would take the processor from it (APP-1). */
export function startStores(app: App): { snapshots: Snapshots; shown: Promise<void> } {
  return app.runWithContext(() => {
    const started = Promise.all([useSession(), useOutbox(), useConnection()].map((store) => store.start()))
    // Asks the browser for its worker, which a first visit does not have for a while.
    void useReadiness().start()
    const { snapshots } = useAgency()
    return { snapshots, shown: firstScreen(started, snapshots) }
  })
}

/** Whatever window the person opens or the network wakes: the one that leads, which may be hidden, looks at everything. */
export function tellOfWakes({ onWake, settings, clock }: Ports): void {
  onWake(() => void remember(settings, 'ask', clock.now()))
}

/** Whichever window asked: all go by the relays' time from then on, and so does the next start (DEVICE-6). */
export function followTime({ settings, clock }: Ports): void {
  const follow = async () => clock.correct((await recall(settings, 'clock').catch(() => null))?.offset ?? 0)
  settings.onChange((key) => void (key === 'clock' && follow()))
  void follow()
}

/** Goes where a tapped notification points to: also when the app was open already, or the system opened it at its start. */
export function followNotifications(inbox: Inbox, router: Router): void {
  const follow = async () => {
    const path = await inbox.takeDeepLink()
    if (path) await router.push(path)
  }
  inbox.onChange(() => void follow())
  void follow()
}
