import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { observe, unseen, verdicts, type SiteView } from '../../../src/core/verdict.ts'

const THRESHOLDS = { misses: 3, recovers: 4 }
/** `+` good, `-` missed; one probe a millisecond. */
const after = (probes: string, start: SiteView = unseen(0)) =>
  [...probes].reduce((view, probe, i) => observe(view, probe === '+', i + 1, THRESHOLDS), start)

describe('SITE-2 a monitor says', () => {
  it.each([
    ['', null],
    ['+', true],
    ['-', null],
    ['--', null],
    ['---', false],
    ['--+', true],
    ['+--', true],
    ['+---', false],
    ['+--+--', true],
    ['+---+++', false],
    ['+---+++-+++', false],
    ['+---++++', true],
  ])('after %s: up %s', (probes, up) => {
    expect(after(probes).up).toBe(up)
  })

  it('since when', () => {
    expect([after('+').since, after('+--').since, after('+---').since, after('+---+').since]).toEqual([1, 1, 4, 4])
  })

  it('never more than its thresholds allow', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('+', '-') }), (probes) => {
        const { up } = after(probes)
        if (up === false) expect(probes).toContain('---')
        if (probes.endsWith('---')) expect(up).toBe(false)
        if (probes.endsWith('++++')) expect(up).toBe(true)
      }),
    )
  })
})

describe('SITE-1, SITE-3 the verdict', () => {
  type Seen = Record<string, boolean | null>
  const on = (monitors: string[], seen: Seen) =>
    verdicts(['a'], monitors, new Map(Object.entries(seen).map(([m, up]) => [m, { a: { up } }])))['a']
  const three = ['a', 'b', 'w']

  it.each<[string, string[], Seen, string]>([
    ['all see it up', three, { a: true, b: true, w: true }, 'up'],
    ['two of three see it down', three, { a: true, b: false, w: false }, 'down'],
    ['one of three sees it down', three, { b: false }, 'unknown'],
    ['one of three sees it down, one up, one is silent', three, { a: true, b: false }, 'unknown'],
    ['two of three see it down, one is silent', three, { b: false, w: false }, 'down'],
    ['half of four', ['a', 'b', 'c', 'w'], { a: true, b: true, c: false, w: false }, 'unknown'],
    ['one of two', ['a', 'b'], { b: false }, 'unknown'],
    ['nobody has seen it yet', three, { a: null, b: null, w: null }, 'unknown'],
    ['nobody is asked', [], { a: false }, 'unknown'],
    ['others than the configured ones', three, { x: false, y: false, z: false }, 'unknown'],
  ])('%s', (_what, monitors, seen, verdict) => {
    expect(on(monitors, seen)).toBe(verdict)
  })

  it('a monitor that says nothing of a site is silent about it', () => {
    expect(verdicts(['a', 'b'], ['m'], new Map([['m', { b: { up: true } }]]))).toEqual({ a: 'unknown', b: 'up' })
  })

  it('a monitor that falls silent never makes a site down, nor up', () => {
    const seen = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'w'), fc.constantFrom(true, false, null))
    fc.assert(
      fc.property(seen, fc.constantFrom('a', 'b', 'c', 'd', 'w'), (all, silent) => {
        const monitors = ['a', 'b', 'c', 'd', 'w']
        const { [silent]: _, ...rest } = all
        const [before, now] = [on(monitors, all), on(monitors, rest)]
        expect(now === before || now === 'unknown').toBe(true)
      }),
    )
  })
})
