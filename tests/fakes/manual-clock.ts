/** A clock that stands until a test moves it. */
import type { Clock } from '../../src/server/clock.ts'

export class ManualClock implements Clock {
  private time: number
  private timers: { at: number; run: () => void }[] = []
  constructor(start = 1_800_000_000_000) {
    this.time = start
  }
  now = (): number => this.time
  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.time + ms, run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((t) => t !== timer)
    }
  }
  /** Timers that wait. */
  pending = (): number => this.timers.length
  /** Moves on and runs what falls due on the way, in order; between two of them everything that follows from one is done. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms
    for (;;) {
      await settled()
      const next = this.timers.filter((t) => t.at <= end).toSorted((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers = this.timers.filter((t) => t !== next)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = end
    await settled()
  }
}

/** Lets everything that waits for nothing but promises run to its end. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
