/** The bearer for the relays: got with a Matrix OpenID token of whichever site answers, good at every relay. */
import { recall, remember } from '../memory.ts'
import { accountsInOrder, relaysInOrder, type Context } from './context.ts'

/** A bearer that ends sooner is renewed, ms. */
const MARGIN = 60_000

/** Resolves with a bearer other than `stale`; null: none can be had now. Asked twice at once, it asks once. */
export function relayAccess(context: Context): (stale?: string) => Promise<string | null> {
  const { ports, matrix, session } = context
  let asking: Promise<string | null> | null = null

  async function ask(): Promise<string | null> {
    for (const account of accountsInOrder(context)) {
      for (const { url } of relaysInOrder(context)) {
        // A relay takes an OpenID token once: each gets a fresh one.
        const openid = await matrix.openId(account)
        if (!openid) break
        const made = await ports.relays.session(url, openid, session.device)
        if (!made) continue
        await remember(ports.settings, 'bearer', made)
        return made.bearer
      }
    }
    return null
  }

  return async (stale) => {
    const kept = await recall(ports.settings, 'bearer')
    if (kept && kept.bearer !== stale && kept.expires - MARGIN > ports.clock.now()) return kept.bearer
    asking ??= ask().finally(() => (asking = null))
    return asking
  }
}
