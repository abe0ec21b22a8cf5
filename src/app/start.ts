/** Starts what the screens live on: each store reads the device's own storage, none waits for a network (APP-1). */
import type { App } from 'vue'
import type { Snapshots } from './engine/snapshot.ts'
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
