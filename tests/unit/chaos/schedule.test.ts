import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countsOf, isAccident, scheduleOf, type Schedule } from '../../chaos/schedule.ts'

const schedules = fc
  .record({
    seed: fc.integer({ min: 0 }),
    minutes: fc.constantFrom(1, 2, 5, 60),
    people: fc.integer({ min: 2, max: 6 }),
  })
  .map(({ seed, minutes, people }) => scheduleOf(seed, minutes, people))

/** Of two accidents of the same kind, whether the second begins before the first is over. */
function overlaps({ steps }: Schedule, which: (step: Schedule['steps'][number]) => string | null): string[] {
  const until = new Map<string, number>()
  return steps.flatMap((step) => {
    const key = which(step)
    if (key === null || !('for' in step)) return []
    const late = step.at < (until.get(key) ?? 0)
    until.set(key, step.at + step.for)
    return late ? [`${key} at ${step.at}`] : []
  })
}

describe('the schedule of a chaos run', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(scheduleOf(7, 5, 4)).toEqual(scheduleOf(7, 5, 4))
    expect(scheduleOf(8, 5, 4)).not.toEqual(scheduleOf(7, 5, 4))
  })
  it('ends with everything whole', () => {
    fc.assert(
      fc.property(schedules, ({ steps, end }) =>
        steps.every((step) => (isAccident(step) ? step.at + step.for : step.at) <= end),
      ),
      { numRuns: 60 },
    )
  })
  it('breaks one thing at a time: a network that is bad already is not made bad again, nor is a site', () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const faults = [
          ...overlaps(schedule, (step) => (step.do === 'network' ? `network of ${step.person}` : null)),
          ...overlaps(schedule, (step) => (step.do === 'site' || step.do === 'relay' ? 'a site' : null)),
        ]
        return faults.length === 0
      }),
      { numRuns: 60 },
    )
  })
  it('names every item once, and has every alert answered after it was given', () => {
    fc.assert(
      fc.property(schedules, ({ steps }) => {
        const items = steps.flatMap((step) => ('item' in step ? [step.item] : []))
        const given = new Map(steps.flatMap((step) => (step.do === 'alert' ? [[step.item, step.at] as const] : [])))
        const answers = steps.flatMap((step) => (step.do === 'answer' ? [step] : []))
        return new Set(items).size === items.length && answers.every(({ alert, at }) => at > given.get(alert)!)
      }),
      { numRuns: 60 },
    )
  })
  it.each([1, 2])('has in %i minute(s), whatever the seed, what the broken builds must not get through', (minutes) => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), fc.integer({ min: 2, max: 6 }), (seed, people) => {
        const { steps } = scheduleOf(seed, minutes, people)
        const during = (kind: string) =>
          steps.some(
            (bad) =>
              bad.do === 'network' &&
              bad.fault.kind === kind &&
              steps.some((s) => s.do === 'say' && s.person === bad.person && s.at > bad.at && s.at < bad.at + bad.for),
          )
        const dies = steps.some(
          (kill) =>
            kill.do === 'kill' &&
            steps.some(
              (bad) =>
                bad.do === 'network' &&
                bad.fault.kind === 'refuse' &&
                bad.person === kill.person &&
                bad.at + bad.for > kill.at + kill.for,
            ),
        )
        return during('unanswered') && during('refuse') && dies
      }),
      { numRuns: 60 },
    )
  })
  it('has in an hour more than 500 items, 200 faults and 50 kills, of every kind', () => {
    const schedule = scheduleOf(1, 60, 4)
    const { items, faults, kills } = countsOf(schedule.steps)
    expect(items).toBeGreaterThan(500)
    expect(faults).toBeGreaterThan(200)
    expect(kills).toBeGreaterThan(50)
    const kinds = new Set(
      schedule.steps.map((s) => (s.do === 'network' ? s.fault.kind : s.do === 'site' ? s.how : s.do)),
    )
    expect([...kinds].toSorted()).toEqual(
      [
        ...['alert', 'answer', 'bad_gateway', 'blackhole', 'cut', 'freeze', 'halfopen', 'kill', 'refuse', 'relay'],
        ...['reload', 'reset', 'say', 'slow', 'stall', 'unanswered'],
      ].toSorted(),
    )
  })
})
