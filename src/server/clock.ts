/** Time for the relay's parts; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number
  /** Calls back once, `ms` from now; returns the cancel. */
  after(ms: number, run: () => void): () => void
}

/** `setTimeout` fires at once beyond this many ms (Node.js, "Timers"). */
const LONGEST = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(LONGEST, Math.max(0, ms)))
    return () => clearTimeout(timer)
  },
}

/** Resolves `ms` from now, or as soon as `signal` is aborted. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal.addEventListener('abort', done)
  })
}
