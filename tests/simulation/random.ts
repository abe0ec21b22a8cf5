/** Randomness that a seed repeats: mulberry32. */
export interface Random {
  /** In [0, 1). */
  (): number
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  chance(p: number): boolean
  pick<T>(of: readonly T[]): T
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return Object.assign(next, {
    whole,
    chance: (p: number) => next() < p,
    pick: <T>(of: readonly T[]): T => of[whole(0, of.length - 1)]!,
  })
}
