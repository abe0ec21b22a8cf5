/** Heeds what relays say of their homeservers: a site with a higher epoch was restored from a copy (SITE-24). */
import { advance } from '../../core/advance.ts'
import { epochsIn } from '../../core/epoch.ts'
import type { SiteId } from '../../core/ids.ts'
import { recall, remember } from '../memory.ts'
import type { Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

/** `restored` is through with it before the epoch counts as known: who is interrupted starts again with it. */
export function heedEpochs(
  { ports, deployment, snapshots, trouble }: Context,
  restored: (site: SiteId) => Promise<void>,
): Kept {
  async function work(): Promise<null> {
    const rooms = snapshots.now()?.rooms.values() ?? []
    const known = (await recall(ports.settings, 'epochs')) ?? {}
    // It only rises: a room that lags behind says a lower one.
    const higher = Object.entries(epochsIn(deployment, rooms)).filter(([site, epoch]) => epoch > (known[site] ?? -1))
    for (const [site] of higher) if (known[site] !== undefined) await restored(site)
    if (higher.length) await remember(ports.settings, 'epochs', { ...known, ...Object.fromEntries(higher) })
    return null
  }
  return keep(ports.clock, work, trouble)
}

/** What the site has taken of this device may be gone there (OUT-25). */
export async function doubtTaken({ ports: { clock, outbox } }: Context, site: SiteId): Promise<void> {
  const ids = (await outbox.all()).map((item) => item.client_id)
  await outbox.change(ids, (item) => advance(item, { type: 'restored', site }, clock.now(), 0))
}
