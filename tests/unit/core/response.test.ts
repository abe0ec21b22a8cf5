import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TYPE } from '../../../src/core/event.ts'
import { countTally, foldTally, readTally, type TallyContent, type TallyEntry } from '../../../src/core/response.ts'
import { ALERT_ID, person } from '../../fakes/agency.ts'
import { event, uuidOf } from './samples.ts'

const entry = (nr: number, who: string, at: number, key = 'ok'): TallyEntry => ({
  id: uuidOf(nr),
  person: person(who),
  key,
  at,
})
const tally = (id: string, ...entries: TallyEntry[]) => ({
  event_id: id,
  content: { v: 1, alert: ALERT_ID, entries } satisfies TallyContent,
})

describe('ANSWER-3 of each person', () => {
  it('the latest counts, whichever came first', () => {
    const [first, second] = [tally('$2', entry(1, 'anna', 5)), tally('$1', entry(2, 'anna', 9, 'help'))]
    for (const order of [
      [first, second],
      [second, first],
    ])
      expect(foldTally(ALERT_ID, order).get(person('anna'))).toEqual(entry(2, 'anna', 9, 'help'))
  })

  it('of two of the same time that of the greater event id', () => {
    const both = [tally('$2', entry(1, 'anna', 5)), tally('$1', entry(2, 'anna', 5))]
    expect(foldTally(ALERT_ID, both).get(person('anna'))?.id).toBe(uuidOf(1))
    expect(foldTally(ALERT_ID, both.toReversed()).get(person('anna'))?.id).toBe(uuidOf(1))
  })

  it('tallies of other alerts do not count', () => {
    expect(foldTally(uuidOf(9), [tally('$1', entry(1, 'anna', 5))]).size).toBe(0)
  })

  it('order and copies of the events change nothing', () => {
    const one = fc
      .record({ who: fc.constantFrom('anna', 'ben'), at: fc.nat(3), nr: fc.nat(50), also: fc.nat(3) })
      .map(({ who, at, nr, also }) =>
        tally(`$${who}${at}.${nr}.${also}`, entry(nr, who, at), entry(nr + 100, `${who}2`, also)),
      )
    const shuffled = fc
      .array(one)
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })))
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const sorted = (events: typeof all) => [...foldTally(ALERT_ID, events)].toSorted(([a], [b]) => (a < b ? -1 : 1))
        expect(sorted(other)).toEqual(sorted(all))
      }),
    )
  })
})

it('ANSWER-9 the audience is counted, each person once, and nobody else', () => {
  const options = [
    { key: 'ok', label: 'Ja', meaning: 'safe' as const },
    { key: 'help', label: 'Hilfe', meaning: 'need_help' as const },
  ]
  const entries = foldTally(ALERT_ID, [
    tally('$1', entry(1, 'anna', 5), entry(2, 'stranger', 5), entry(3, 'ben', 5, 'gone')),
    tally('$2', entry(4, 'anna', 9, 'help')),
  ])
  const counted = countTally(options, ['anna', 'ben', 'cem'].map(person), entries)
  expect(counted).toMatchObject({ audience: 3, answered: 2, unanswered: ['cem'] })
  expect(counted.options.map((o) => o.people)).toEqual([[], ['anna']])
})

it.each([
  ['of another type', 'm.room.message', { v: 1, alert: ALERT_ID, entries: [] }],
  ['with more than 300 entries', TYPE.tally, { v: 1, alert: ALERT_ID, entries: Array(301).fill(entry(1, 'anna', 5)) }],
  ['of another version', TYPE.tally, { v: 2, alert: ALERT_ID, entries: [] }],
])('ANSWER-1 an event %s is no tally', (_what, type, content) => {
  expect(readTally(event(type, content))).toBeNull()
})
