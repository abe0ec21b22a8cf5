/** What the waits of a phone look like from outside (OUT-4): never longer than the doubling allows, and not all alike. */
import type { OutboxItem } from '../../src/core/outbox.ts'
import type { ClientId } from '../../src/core/ids.ts'

const FIRST = 1_000
const LONGEST = 30_000
/** Shorter ones are all made equal. */
const SHORTEST = 100
/** So many waits that are all the same share of their limit are no chance. */
const ENOUGH = 4

export class Waits {
  private readonly attempts = new Map<ClientId, number>()
  private readonly shares: number[] = []

  /** After each change of an item at `now`; what is wrong with its wait, null: nothing. */
  note(before: OutboxItem, after: OutboxItem, now: number): string | null {
    const { client_id: id, delivery: d } = after
    const count = this.attempts.get(id) ?? 0
    if (d === before.delivery) return null
    if (d.state === 'sending' && before.delivery.state !== 'sending') this.attempts.set(id, count + 1)
    // Come to an end, or woken; a request that was given up for lost may fail once more.
    else if (d.state !== 'waiting' || (before.delivery.state === 'waiting' && d.until <= now)) this.attempts.delete(id)
    else if (d.reason !== 'busy' && d.until > now) {
      const [wait, limit] = [d.until - now, Math.min(LONGEST, FIRST * 2 ** Math.max(0, count - 1))]
      if (wait > limit) return `OUT-4 ${id} waits ${wait} ms after attempt ${count}`
      if (wait > SHORTEST) this.shares.push(wait / limit)
    }
    return null
  }

  /** Everybody would come back at the same moment. */
  get alike(): boolean {
    const { shares } = this
    return shares.length >= ENOUGH && Math.max(...shares) - Math.min(...shares) < 0.001
  }
}
