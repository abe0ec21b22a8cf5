/** Which of the places reach each other. Several faults may cut one line; it is whole when all have ended. */
import type { Line } from './schedule.ts'

export class Lines {
  private readonly cuts = new Map<string, number>()

  private add(key: string, by: 1 | -1): void {
    const count = (this.cuts.get(key) ?? 0) + by
    if (count > 0) this.cuts.set(key, count)
    else this.cuts.delete(key)
  }

  cut(from: string, to: string, line: Line, bothWays: boolean, by: 1 | -1): void {
    this.add(`${line} ${from} ${to}`, by)
    if (bothWays) this.add(`${line} ${to} ${from}`, by)
  }

  alone(id: string, by: 1 | -1): void {
    this.add(`alone ${id}`, by)
  }

  heal(): void {
    this.cuts.clear()
  }

  isAlone(id: string): boolean {
    return this.cuts.has(`alone ${id}`)
  }

  /** Whether a request from one comes through to the other. */
  reach(from: string, to: string, line: Line): boolean {
    if (from === to || this.cuts.size === 0) return true
    if (this.isAlone(from) || this.isAlone(to) || this.cuts.has(`all ${from} ${to}`)) return false
    return line === 'all' || !this.cuts.has(`${line} ${from} ${to}`)
  }
}
