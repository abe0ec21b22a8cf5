import { describe, expect, it } from 'vitest'
import { outcomeOf, waitFor } from '../../../src/server/push/outcome.ts'

describe('PUSH-7 the answer of a push service', () => {
  it('reads Retry-After as seconds and as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    const later = (header: string | null) => outcomeOf(503, header, now)
    expect(later('7')).toMatchObject({ kind: 'later', retry_after_ms: 7_000 })
    expect(later('Thu, 01 Jan 2026 00:01:00 GMT')).toMatchObject({ retry_after_ms: 60_000 })
    expect(later('Wed, 31 Dec 2025 00:00:00 GMT')).toMatchObject({ retry_after_ms: 0 })
    expect(later('soon')).toMatchObject({ retry_after_ms: 0 })
    expect(later(null)).toMatchObject({ retry_after_ms: 0 })
  })

  it('waits up to a bound that doubles, at most five minutes, and never less than asked', () => {
    const bounds = [1, 2, 3, 20].map((tries) => waitFor(tries, 0, 1))
    expect(bounds).toEqual([2_000, 4_000, 8_000, 300_000])
    expect(waitFor(3, 0, 0)).toBe(0)
    expect(waitFor(3, 0, 0.5)).toBe(4_000)
    expect(waitFor(1, 60_000, 0)).toBe(60_000)
    expect(waitFor(1, 60_000, 0.5)).toBe(61_000)
  })
})
