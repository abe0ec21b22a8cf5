/** A phone's disk: what was written survives the browser; what was only asked for may or may not. */
import type { OutboxStore } from '../../src/core/sending.ts'
import type { OutboxItem } from '../../src/core/outbox.ts'
import type { OutboxDraft } from '../../src/core/ports.ts'
import type { ClientId } from '../../src/core/ids.ts'
import type { Random } from './random.ts'
import type { Time } from './time.ts'

/** The disk as one window sees it; when that window is gone, nothing comes back from it any more. */
export interface Handle {
  store: OutboxStore
  /** Writes that are under way are on the disk or are not; none comes later. */
  end(): void
}

export class Disk {
  readonly items = new Map<ClientId, OutboxItem>()
  /** Each item as it was last, also when it was forgotten since. */
  readonly known = new Map<ClientId, OutboxItem>()
  /** Longest time of a read or a write, ms; 0: at once. */
  slowness = 0
  onChange: (before: OutboxItem, after: OutboxItem) => void = () => {}
  private seq = 0
  private readonly time: Time
  private readonly random: Random

  constructor(time: Time, random: Random) {
    this.time = time
    this.random = random
  }

  add(draft: OutboxDraft): void {
    this.set({ ...draft, seq: ++this.seq, attempts: 0, tried: {}, delivery: { state: 'saved' } })
  }

  open(alive: () => boolean): Handle {
    const pending = new Set<() => void>()
    return {
      store: {
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
        change: (ids, step) =>
          new Promise((resolve) => {
            if (!alive()) return
            const apply = () => this.change(ids, step)
            const finish = () => {
              if (!pending.delete(apply)) return
              const changed = apply()
              this.time.touch()
              resolve(changed)
            }
            pending.add(apply)
            if (this.slowness === 0) finish()
            else this.time.after(this.random.whole(0, this.slowness), finish)
          }),
      },
      end: () => {
        for (const apply of pending) if (this.random.chance(0.5)) apply()
        pending.clear()
      },
    }
  }

  private change(ids: readonly ClientId[], step: (item: OutboxItem) => OutboxItem | null): OutboxItem[] {
    return ids.flatMap((id) => {
      const before = this.items.get(id)
      const after = before && step(before)
      if (!after || after === before) {
        if (after === null) this.items.delete(id)
        return []
      }
      this.onChange(before!, after)
      this.set(after)
      return [after]
    })
  }

  private set(item: OutboxItem): void {
    this.items.set(item.client_id, item)
    this.known.set(item.client_id, item)
  }
}
