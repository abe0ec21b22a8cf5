/** Work done again and again, never twice at once. */
import { pause, type Clock } from './clock.ts'
import { reasonOf, type Log } from './log.ts'

export interface Repeated {
  /** Resolves when the run that is going on has ended. */
  stop(): Promise<void>
}

/** Runs `work` every `interval` ms from start to start; a run that takes longer delays the next. A failure is logged. */
export function repeat(clock: Clock, interval: number, work: () => Promise<void>, log: Log): Repeated {
  const end = new AbortController()
  const running = (async () => {
    while (!end.signal.aborted) {
      const started = clock.now()
      await work().catch((error: unknown) => log.error({ reason: reasonOf(error) }, 'a round failed'))
      await pause(clock, Math.max(0, started + interval - clock.now()), end.signal)
    }
  })()
  return {
    async stop() {
      end.abort()
      await running
    },
  }
}
