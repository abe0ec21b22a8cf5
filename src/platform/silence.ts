/**
 * Notices storages that do not answer: a browser holds them back for a page that it has not let go of, or hangs itself.
 * Nothing here can end that; that it is so is to be said (DEVICE-9).
 */
import type { StorageName } from '../core/ports.ts'

/** How long a storage may take, in steps of so many ms: the time that a device slept counts as one step. */
const [STEP, STEPS] = [5_000, 3]

/** Returns what begins to wait for an answer; that returns what is to be called when it has come. */
export function noticeSilence(
  isAway: () => boolean,
  changed: (silent: StorageName[]) => void,
): (name: StorageName) => () => void {
  const silent = new Set<StorageName>()
  return (name) => {
    let steps = STEPS
    function step(): void {
      if (!isAway()) steps -= 1
      if (steps) timer = setTimeout(step, STEP)
      else if (!silent.has(name)) changed([...silent.add(name)])
    }
    let timer = setTimeout(step, STEP)
    return () => {
      clearTimeout(timer)
      // Whichever call it was: it answers again.
      if (silent.delete(name)) changed([...silent])
    }
  }
}
