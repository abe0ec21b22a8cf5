/** Virtual time: a heap of what is to happen. Between two steps every promise that waits for nothing runs to its end. */
interface Entry {
  at: number
  nr: number
  run: (() => void) | null
}

const START = 1_800_000_000_000

export class Time {
  now = START
  private heap: Entry[] = []
  private count = 0
  /** So much was skipped, ms. */
  skipped = 0
  /** A promise of the shipped code may have been settled in this step. */
  private touched = false

  touch(): void {
    this.touched = true
  }

  /** Runs once, at or after `at`; of two at the same moment the one that was asked for first. */
  at(at: number, run: () => void): () => void {
    const entry: Entry = { at: Math.max(at, this.now), nr: this.count++, run }
    this.push(entry)
    return () => {
      entry.run = null
    }
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.now + ms, run)
  }

  /** A long time in which nothing happens: what was under way and planned goes on after it. */
  skip(ms: number): void {
    this.now += ms
    this.skipped += ms
    for (const entry of this.heap) entry.at += ms
  }

  /** `end` counts without what is skipped meanwhile. */
  async runUntil(end: number): Promise<void> {
    const before = this.skipped
    const last = () => end + this.skipped - before
    if (this.touched) await this.settle()
    for (let first = this.heap[0]; first && first.at <= last(); first = this.heap[0]) {
      this.pop()
      if (!first.run) continue
      this.now = first.at
      first.run()
      if (this.touched) await this.settle()
    }
    this.now = Math.max(this.now, last())
  }

  private async settle(): Promise<void> {
    this.touched = false
    await new Promise((resolve) => setImmediate(resolve))
  }

  private less(i: number, j: number): boolean {
    const [a, b] = [this.heap[i]!, this.heap[j]!]
    return a.at < b.at || (a.at === b.at && a.nr < b.nr)
  }

  private swap(i: number, j: number): void {
    ;[this.heap[i], this.heap[j]] = [this.heap[j]!, this.heap[i]!]
  }

  private push(entry: Entry): void {
    let i = this.heap.push(entry) - 1
    for (let up = (i - 1) >> 1; i > 0 && this.less(i, up); i = up, up = (i - 1) >> 1) this.swap(i, up)
  }

  private pop(): void {
    const last = this.heap.pop()!
    if (this.heap.length === 0) return
    this.heap[0] = last
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      let least = i
      if (left < this.heap.length && this.less(left, least)) least = left
      if (right < this.heap.length && this.less(right, least)) least = right
      if (least === i) return
      this.swap(i, least)
      i = least
    }
  }
}
