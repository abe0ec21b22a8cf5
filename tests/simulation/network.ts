/** The network between phones and sites: it delays, loses requests, loses answers; nobody is told which. */
import type { Random } from './random.ts'
import { isAlive, type Site } from './sites.ts'
import type { Time } from './time.ts'

export type Quality = 'good' | 'bad' | 'off'

/** How long a phone waits for an answer, ms. */
const TIMEOUT = 8_000

export class Network {
  private readonly time: Time
  private readonly random: Random

  constructor(time: Time, random: Random) {
    this.time = time
    this.random = random
  }

  /** `serve` runs at the site when the request arrives; `done` gets its answer, or null when none came in time. */
  request<T>(quality: () => Quality, site: Site, serve: () => T | null, done: (answer: T | null) => void): void {
    const start = this.time.now
    const way = () => this.random.whole(10, quality() === 'bad' ? 2_000 : 150)
    const { skipped } = this.time
    // No request is under way for a day.
    const lost = () =>
      skipped !== this.time.skipped || quality() === 'off' || (quality() === 'bad' && this.random.chance(0.25))
    const silence = () => this.time.at(start + TIMEOUT, () => done(null))
    if (lost()) return void silence()
    this.time.after(way(), () => {
      if (skipped !== this.time.skipped) return void silence()
      if (!isAlive(site)) return void (this.random.chance(0.5) ? done(null) : silence())
      const answer = serve()
      if (answer === null || site.state === 'mute' || lost()) return void silence()
      this.time.after(way(), () => (this.time.now >= start + TIMEOUT ? done(null) : done(answer)))
    })
  }
}
