import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseSite, heeding, isShutOut, type ChoiceInput } from '../../../src/core/site-choice.ts'

const choose = (changes: Partial<ChoiceInput>) =>
  chooseSite({ sites: ['a', 'b', 'c'], declared: null, closed: [], answers: {}, current: null, ...changes })
const [up, down] = [true, false]

describe('SITE-8', () => {
  it.each<[string, Partial<ChoiceInput>, string]>([
    ['the declared site, if it answers', { declared: 'b', current: 'a', answers: { a: up, b: up } }, 'b'],
    [
      'where it is, if the declared one does not',
      { declared: 'b', current: 'c', answers: { a: up, b: down, c: up } },
      'c',
    ],
    ['where it is, if the declared one was not asked yet', { declared: 'b', current: 'a', answers: { a: up } }, 'a'],
    [
      'the first that answers, if neither does',
      { declared: 'c', current: 'a', answers: { a: down, b: up, c: down } },
      'b',
    ],
    ['not a closed one', { current: 'b', closed: ['a'], answers: { a: up, b: down, c: up } }, 'c'],
    ['not the closed one it is at', { current: 'a', closed: ['a'], answers: { a: up, b: up } }, 'b'],
    ['not a declared one that is closed', { declared: 'a', closed: ['a'], answers: { a: up, b: up } }, 'b'],
    ['where it is, though the first is back', { current: 'b', answers: { a: up, b: up } }, 'b'],
  ])('%s', (_what, input, site) => {
    expect(choose(input)).toBe(site)
  })
})

describe('SITE-9 when nothing answers', () => {
  it.each<[string, Partial<ChoiceInput>, string]>([
    ['it stays', { current: 'c', declared: 'b', answers: { a: down, b: down, c: down } }, 'c'],
    ['it stays, also at a closed one', { current: 'a', closed: ['a'], answers: { a: down } }, 'a'],
    ['it begins with the declared one', { declared: 'b' }, 'b'],
    ['else with the first', {}, 'a'],
  ])('%s', (_what, input, site) => {
    expect(choose(input)).toBe(site)
  })

  it('offline is never a switch', () => {
    const site = fc.constantFrom('a', 'b', 'c')
    fc.assert(
      fc.property(
        site,
        fc.option(site),
        fc.array(site),
        fc.dictionary(site, fc.constantFrom(false, null)),
        (current, declared, closed, answers) => {
          expect(choose({ current, declared, closed, answers })).toBe(current)
        },
      ),
    )
  })
})

describe('SITE-10 without a session', () => {
  it('a site is not used, whoever declares it', () => {
    expect(choose({ sites: ['a'], declared: 'b', current: 'b', answers: { a: up, b: up } })).toBe('a')
    expect(choose({ sites: ['a'], declared: 'b', current: 'b', answers: {} })).toBe('a')
  })

  it('anywhere there is no site', () => {
    expect(choose({ sites: [], declared: 'a', current: 'a', answers: { a: up } })).toBeNull()
  })
})

describe('SITE-26 a device is shut out', () => {
  const input = (changes: Partial<ChoiceInput> = {}): ChoiceInput => ({
    sites: ['a', 'b', 'c'],
    declared: 'a',
    closed: ['b', 'c'],
    answers: { a: down, b: up, c: up },
    current: 'a',
    ...changes,
  })
  const relay = (active_site: string | null, active_since: number | null) => ({ active_site, active_since })
  const goes = (...relays: (ReturnType<typeof relay> | null)[]) => chooseSite(heeding(input(), 5, relays))

  it('when only sites answer that are closed, as far as it knows', () => {
    expect(isShutOut(input())).toBe(true)
    expect(isShutOut(input({ closed: ['b'] }))).toBe(false)
    expect(isShutOut(input({ answers: { a: up, b: up } }))).toBe(false)
    expect(isShutOut(input({ answers: { a: down, b: down } }))).toBe(false)
    expect(isShutOut(input({ answers: {} }))).toBe(false)
  })

  it('and goes where relays go by the latest declaration, if that is later than what it knows', () => {
    expect(goes(relay('b', 6), null, relay('c', 7))).toBe('c')
    expect(goes(relay('b', 6), relay('a', 5))).toBe('b')
  })

  it('and stays where no relay knows better', () => {
    expect(goes()).toBe('a')
    expect(goes(null, relay('b', 5), relay(null, null), relay('b', null), relay('x', 6))).toBe('a')
  })
})
