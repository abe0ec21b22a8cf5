/** Asks the relays what time it is (DEVICE-6). */
import { remember } from '../memory.ts'
import { relaysInOrder, type Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const AGAIN = 3600_000
const RETRY = 60_000
const PATIENCE = 5_000

export function checkClock(context: Context): Kept {
  const { clock, relays, settings } = context.ports

  /** How far a relay's clock is ahead of this device's own; half of the way there and back is the way back. */
  async function ahead(url: string): Promise<number | null> {
    const asked = clock.own()
    const status = await relays.status(url, PATIENCE)
    return status && Math.round(status.at - (asked + clock.own()) / 2)
  }

  async function work(): Promise<number> {
    const found = await Promise.all(relaysInOrder(context).map(({ url }) => ahead(url)))
    const offsets = found.filter((offset) => offset !== null)
    if (!offsets.length) return RETRY
    // A relay may be wrong itself: the device is only as wrong as the one that agrees with it most.
    const least = offsets.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a))
    await remember(settings, 'clock', { offset: least, at: clock.now() })
    return AGAIN
  }
  return keep(clock, work, context.trouble)
}
