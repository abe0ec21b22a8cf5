/** Starts what the screens live on: each store reads the device's own storage, none waits for a network (APP-1). */
import type { App } from 'vue'
import type { Router } from 'vue-router'
import type { Inbox, Ports } from '../core/ports.ts'
import type { Snapshots } from './engine/snapshot.ts'
import { remember } from './memory.ts'
import { useAgency } from './stores/agency.ts'
import { useConnection } from './stores/connection.ts'
import { useOutbox } from './stores/outbox.ts'
import { useReadiness } from './stores/readiness.ts'
import { useSession } from './stores/session.ts'

export function startStores(app: App): { snapshots: Snapshots } {
  return app.runWithContext(() => {
    const stores = [useSession(), useOutbox(), useConnection(), useReadiness()]
    for (const store of stores) void store.start()
    return { snapshots: useAgency().snapshots }
  })
}

/** Whatever window the person opens or the network wakes: the one that leads, which may be hidden, looks at everything. */
export function tellOfWakes({ onWake, settings, clock }: Ports): void {
  onWake(() => void remember(settings, 'ask', clock.now()))
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
