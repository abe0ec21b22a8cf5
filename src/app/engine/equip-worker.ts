/**
 * Keeps a bearer at hand, so that relays can be asked when no homeserver gives one any more, and gives the worker what it
 * needs to speak to a relay while no window is open (NOTICE-2, REACH-2).
 */
import type { RelayAccess } from '../../core/ports.ts'
import { relaysInOrder, type Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const RETRY = 15_000
const AGAIN = 6 * 3600_000

export function equipWorker(context: Context, { bearer: get }: RelayAccess): Kept {
  const { ports, session } = context
  const { clock, device, inbox } = ports

  async function work(): Promise<number | null> {
    const bearer = await get()
    if (!bearer) return RETRY
    const state = await device.pushState()
    // Where nothing may ring there is nothing to tap.
    if (state !== 'subscribed' && state !== 'no_subscription') return AGAIN
    const offset = clock.now() - clock.own()
    await inbox.putAccess({ person: session.person, bearer, relays: relaysInOrder(context), offset })
    return AGAIN
  }
  return keep(clock, work, context.trouble)
}
