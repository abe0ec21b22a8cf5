/** What is under way: runs in the order of its times. */
interface Entry {
  at: number
  run: () => Promise<void> | void
}

export class Queue {
  now = 0
  private readonly entries: Entry[] = []

  get isEmpty(): boolean {
    return this.entries.length === 0
  }

  after(ms: number, run: Entry['run']): void {
    const at = this.now + ms
    let i = this.entries.length
    while (i > 0 && this.entries[i - 1]!.at > at) i--
    this.entries.splice(i, 0, { at, run })
  }

  async runUntil(end: number): Promise<void> {
    while (this.entries.length && this.entries[0]!.at <= end) {
      const { at, run } = this.entries.shift()!
      this.now = at
      const under = run()
      if (under) await under
    }
    this.now = end
  }
}
