/** What a monitor's probes of one site amount to, found out by other means than the core's own (SITE-2, SWITCH-3). */
import type { Thresholds } from '../../../src/core/verdict.ts'

export class Eye {
  state: 'up' | 'down' | null = null
  private good = 0
  private bad = 0
  private goodSince = 0
  private readonly falls: number[] = []
  private readonly thresholds: Thresholds

  constructor(thresholds: Thresholds) {
    this.thresholds = thresholds
  }

  /** When it last called the site down; -Infinity: never. */
  get fellAt(): number {
    return this.falls.at(-1) ?? -Infinity
  }

  see(ok: boolean, now: number): void {
    const { misses, recovers } = this.thresholds
    if (!ok) {
      this.good = 0
      this.bad += 1
      if (this.bad < misses || this.state === 'down') return
      this.state = 'down'
      this.falls.push(now)
      return
    }
    this.bad = 0
    if (this.good === 0) this.goodSince = now
    this.good += 1
    if (this.good >= (this.state === null ? 1 : recovers) && this.hasHeld(now)) this.state = 'up'
  }

  private hasHeld(now: number): boolean {
    const { damping } = this.thresholds
    if (!damping) return true
    const lately = this.falls.filter((at) => this.goodSince - at <= damping.window)
    return lately.length < damping.falls || now - this.goodSince >= damping.hold
  }
}
