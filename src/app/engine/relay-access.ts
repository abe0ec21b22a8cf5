/** The bearer for the relays: got with a Matrix OpenID token of whichever site answers, good at every relay. */
import type { RelayAccess } from '../../core/ports.ts'
import { recall, remember } from '../memory.ts'
import { accountsInOrder, relaysInOrder, type Context } from './context.ts'

/** A bearer that ends sooner is not used, ms. */
const MARGIN = 60_000
/** One that ends sooner is renewed, ms: when all sites are dead no relay gives one (LAST-8). */
const RENEW = 7 * 24 * 3600_000
/** Between two tries to renew one that still holds, ms. */
const AGAIN = 3600_000

/** Asked twice at once, it asks once. */
export function relayAccess(context: Context): RelayAccess {
  const { ports, matrix, session } = context
  let asking: Promise<string | null> | null = null
  let asked = 0

  async function ask(): Promise<string | null> {
    asked = ports.clock.now()
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
      const holds = kept?.device === session.device && kept.bearer !== stale
      const now = ports.clock.now()
      const left = kept && holds ? kept.expires - now : 0
      const isDue = left <= MARGIN || (left <= RENEW && Math.abs(now - asked) >= AGAIN)
      if (isDue) asking ??= ask().finally(() => (asking = null))
      if (!kept || left <= MARGIN) return asking
      void asking?.catch(context.trouble)
      return kept.bearer
    },
    async reason() {
      const holds = await Promise.all(session.accounts.map((account) => matrix.whoami(account)))
      return holds.every((known) => known === false || known === 'locked') ? 'signed_out' : 'network'
    },
  }
}
