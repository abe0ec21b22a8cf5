/** Counts per name within a window; over the limit, the caller is told to wait. */
export interface Limiter {
  /** Ms to wait, 0 when there is room. Does not count. */
  wait(name: string): number
  count(name: string): void
}

/** At most `limit` counts in `window` ms for each name. */
export function createLimiter(limit: number, window: number, now: () => number): Limiter {
  const counts = new Map<string, { count: number; until: number }>()
  const current = (name: string) => {
    const entry = counts.get(name)
    return entry && entry.until > now() ? entry : null
  }
  return {
    wait(name) {
      const entry = current(name)
      return entry && entry.count >= limit ? entry.until - now() : 0
    },
    count(name) {
      const entry = current(name) ?? { count: 0, until: now() + window }
      entry.count += 1
      counts.set(name, entry)
      if (counts.size > 10_000) for (const [key, { until }] of counts) if (until <= now()) counts.delete(key)
    },
  }
}
