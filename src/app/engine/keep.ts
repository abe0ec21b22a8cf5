/** Work that has to be done again and again: never twice at once, and a wish for it is never lost. */
import type { Clock } from '../../core/ports.ts'

export interface Kept {
  /** Do it now, or once more if it is being done. */
  poke(): void
  /** Resolves when the work that was under way is over. */
  stop(): Promise<void>
}

/** `work` resolves with the time until it is due again, ms; null: when it is poked. */
export function keep(clock: Clock, work: () => Promise<number | null>, trouble: (error: unknown) => void): Kept {
  let running: Promise<void> | null = null
  let again = false
  let stopped = false
  let cancel = () => {}

  async function run(): Promise<void> {
    cancel()
    let next: number | null = null
    while (again && !stopped) {
      again = false
      try {
        next = await work()
      } catch (error) {
        trouble(error)
        next = AFTER_TROUBLE_MS
      }
    }
    // In the same step as the last look at `again`: a poke in between would be lost.
    running = null
    if (next !== null && !stopped) cancel = clock.at(clock.now() + next, poke)
  }

  function poke(): void {
    if (stopped) return
    again = true
    running ??= run()
  }

  poke()
  return {
    poke,
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}

const AFTER_TROUBLE_MS = 30_000
