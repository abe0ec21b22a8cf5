/**
 * Time and chance of the real world. The device's clock may be wrong by hours, or jump: once the relays have said what
 * time it is, everything goes by theirs (DEVICE-6).
 */
import type { DeviceClock } from '../core/ports.ts'

/** A clock that is off by less is left alone: that is an hour's drift, or the time that an answer was under way, ms. */
const TOLERANCE = 60_000
/** How often it is looked whether the clock was set, ms. */
const LOOK = 10_000

/** `steady` rises evenly, whatever is done to the clock `wall`. */
export function openClock(wall = () => Date.now(), steady = () => performance.now()): DeviceClock {
  let offset = 0
  const now = () => wall() + offset
  return {
    now,
    random: () => Math.random(),
    uuid: () => crypto.randomUUID(),
    at(at, run) {
      const timer = setTimeout(run, Math.max(0, at - now()))
      return () => clearTimeout(timer)
    },
    own: wall,
    correct(by) {
      offset = Math.abs(by) < TOLERANCE ? 0 : by
    },
    onJump(run) {
      let last = wall() - steady()
      const timer = setInterval(() => {
        const next = wall() - steady()
        if (Math.abs(next - last) > TOLERANCE) run()
        last = next
      }, LOOK)
      return () => clearInterval(timer)
    },
  }
}

export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
