/** A phone's disk: what was written survives the browser; what was only asked for may or may not. */
import type { OutboxStore } from '../../src/core/drain.ts'
import type { OutboxItem } from '../../src/core/outbox.ts'
import type { OutboxDraft } from '../../src/core/ports.ts'
import type { ClientId } from '../../src/core/ids.ts'
import type { Random } from './random.ts'
import type { Time } from './time.ts'

export class Disk {
  readonly items = new Map<ClientId, OutboxItem>()
  /** Longest time of a read or a write, ms; 0: at once. */
  slowness = 0
  onPut: (before: OutboxItem, after: OutboxItem) => void = () => {}
  private seq = 0
  private readonly pending = new Set<() => void>()
  private readonly time: Time
  private readonly random: Random

  constructor(time: Time, random: Random) {
    this.time = time
    this.random = random
  }

  add(draft: OutboxDraft): void {
    this.items.set(draft.client_id, { ...draft, seq: ++this.seq, attempts: 0, delivery: { state: 'saved' } })
  }

  /** Writes that are under way when the browser ends are on the disk or are not; none comes later. */
  end(): void {
    for (const write of this.pending) if (this.random.chance(0.5)) write()
    this.pending.clear()
  }

  /** The disk as one life of the browser sees it; when that life is over, nothing comes back from it any more. */
  open(alive: () => boolean): OutboxStore {
    const write = (apply: () => void): Promise<void> =>
      new Promise((resolve) => {
        if (!alive()) return
        const finish = () => {
          if (!this.pending.delete(apply)) return
          apply()
          this.time.touch()
          resolve()
        }
        this.pending.add(apply)
        if (this.slowness === 0) finish()
        else this.time.after(this.random.whole(0, this.slowness), finish)
      })
    return {
      all: () =>
        new Promise((resolve) => {
          if (!alive()) return
          // As of now; what is written while it is on its way is not in it.
          const items = [...this.items.values()]
          if (this.slowness === 0) return resolve(items)
          this.time.after(this.random.whole(0, this.slowness), () => {
            if (!alive()) return
            this.time.touch()
            resolve(items)
          })
        }),
      put: (items) =>
        write(() => {
          for (const item of items) {
            const before = this.items.get(item.client_id)
            if (!before) continue
            this.onPut(before, item)
            this.items.set(item.client_id, item)
          }
        }),
      remove: (ids) => write(() => ids.forEach((id) => this.items.delete(id))),
    }
  }
}
