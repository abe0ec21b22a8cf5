import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUnsteady, observe, unseen, verdicts, type SiteView } from '../../../src/core/verdict.ts'

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

describe('SWITCH-3 a site that falls again and again', () => {
  const damping = { falls: 3, window: 100, hold: 20 }
  const steady = { misses: 2, recovers: 2 }
  const probes = fc.array(fc.boolean(), { minLength: 1, maxLength: 300 })
  /** The views after each probe, one a millisecond. */
  const course = (all: boolean[], thresholds: typeof steady & { damping?: typeof damping }) => {
    let view = unseen(0)
    return all.map((ok, i) => (view = observe(view, ok, i + 1, thresholds)))
  }
  const flap = '++--++--++--'
  const tail = (good: number) =>
    course(
      [...(flap + '+'.repeat(good))].map((p) => p === '+'),
      { ...steady, damping },
    ).at(-1)!

  it('is up again only when it has held for longer', () => {
    expect(tail(20).up).toBe(false)
    expect(isUnsteady(tail(20), 32, damping)).toBe(true)
    expect(tail(21).up).toBe(true)
    expect(
      course(
        [...'++--++--++'].map((p) => p === '+'),
        { ...steady, damping },
      ).at(-1)!.up,
    ).toBe(true)
  })

  it('is steady again when its falls are long ago', () => {
    const calm = '+'.repeat(150)
    const all = [...(flap + calm + '--++')].map((p) => p === '+')
    expect(course(all, { ...steady, damping }).at(-1)!.up).toBe(true)
  })

  it('is called down as soon as ever, and never up before it would be without', () => {
    fc.assert(
      fc.property(probes, (all) => {
        const [damped, plain] = [course(all, { ...steady, damping }), course(all, steady)]
        damped.forEach(({ up }, i) => {
          if (up === true) expect(plain[i]!.up).toBe(true)
          if (plain[i]!.up === false) expect(up).toBe(false)
        })
      }),
    )
  })

  it('comes up at most once in the time that it has to hold', () => {
    fc.assert(
      fc.property(probes, (all) => {
        const ups = course(all, { ...steady, damping }).flatMap((view, i, views) =>
          view.up === true && i > 0 && views[i - 1]!.up === false ? [{ at: i + 1, falls: views[i - 1]!.falls }] : [],
        )
        for (const { at, falls } of ups)
          if (isUnsteady({ falls }, at, damping)) expect(all.slice(at - 1 - damping.hold, at).every(Boolean)).toBe(true)
      }),
    )
  })
})
