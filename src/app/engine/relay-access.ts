/** The bearer for the relays: got with a Matrix OpenID token of whichever site answers, good at every relay. */
import type { RelayAccess } from '../../core/ports.ts'
import { recall, remember } from '../memory.ts'
import { accountsInOrder, relaysInOrder, type Context } from './context.ts'

/** A bearer that ends sooner is renewed, ms. */
const MARGIN = 60_000

/** Asked twice at once, it asks once. */
export function relayAccess(context: Context): RelayAccess {
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
        await remember(ports.settings, 'bearer', { ...made, device: session.device })
        return made.bearer
      }
    }
    return null
  }

  return {
    async bearer(stale) {
      const kept = await recall(ports.settings, 'bearer')
      const mine = kept?.device === session.device
      if (kept && mine && kept.bearer !== stale && kept.expires - MARGIN > ports.clock.now()) return kept.bearer
      asking ??= ask().finally(() => (asking = null))
      return asking
    },
    async reason() {
      const holds = await Promise.all(session.accounts.map((account) => matrix.whoami(account)))
      return holds.every((known) => known === false || known === 'locked') ? 'signed_out' : 'network'
    },
  }
}
