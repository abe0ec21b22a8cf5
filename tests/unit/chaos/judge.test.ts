import { describe, expect, it } from 'vitest'
import { judge, type Evidence, type Found, type Look, type State } from '../../chaos/judge.ts'
import type { Schedule, Step } from '../../chaos/schedule.ts'

const STEPS: Step[] = [
  { at: 0, do: 'say', person: 0, item: '#0001', room: 'Hof' },
  { at: 1, do: 'say', person: 0, item: '#0002', room: 'Hof' },
  { at: 2, do: 'say', person: 1, item: '#0003', room: 'Hof' },
  { at: 3, do: 'alert', person: 0, item: '#0004' },
  { at: 4, do: 'answer', person: 1, item: '#0005', alert: '#0004', key: 'safe' },
  { at: 5, do: 'answer', person: 1, item: '#0006', alert: '#0004', key: 'away' },
]
const schedule: Schedule = { seed: 1, minutes: 1, people: 2, steps: STEPS, end: 60_000 }
const ALL = ['#0001', '#0002', '#0003']

/** A look at the room; whoever sees it wrote #0001 and #0002. */
const look = (person: number, items: string[], state: State = 'taken', room = 'Hof'): Look => ({
  at: 1,
  person,
  room,
  lines: items.map((item) => ({
    text: `${item} in ${room}`,
    state: STEPS.some((s) => s.do === 'say' && s.item === item && s.person === person) ? state : null,
  })),
})
const found = (site: string, hof = ALL, key = 'away'): Found => ({
  site,
  rooms: new Map([
    ['Hof', hof],
    ['Alle', ['#0004']],
  ]),
  tallies: new Map([['#0004', new Map([[1, { stamp: key === 'away' ? 6 : 5, key }]])]]),
})
const good: Evidence = {
  schedule,
  looks: [look(0, ['#0001'], 'saved'), look(0, ALL), look(1, ALL), look(0, ['#0004'], null, 'Alle')],
  answers: [
    { at: 1, person: 1, stamp: 6, key: 'away', state: 'saved' },
    { at: 2, person: 1, stamp: 6, key: 'away', state: 'taken' },
  ],
  stamps: new Map([
    ['#0005', 5],
    ['#0006', 6],
  ]),
  found: [found('a'), found('b')],
  screens: [look(0, ALL), look(1, ALL), look(0, ['#0004'], null, 'Alle'), look(1, ['#0004'], null, 'Alle')],
}
const verdict = (changes: Partial<Evidence>) => judge({ ...good, ...changes })
const nothing = { lost: [], duplicated: [], reordered: [], regressed: [] }

describe('the judge of a chaos run', () => {
  it('finds nothing where everything is as promised', () => {
    expect(judge(good)).toEqual(nothing)
  })
  it.each([
    ['one site', { found: [found('a'), found('b', ['#0001', '#0003'])] }, '#0002 at b'],
    [
      'the screen of one member',
      { screens: [...good.screens.slice(1), look(0, ['#0001', '#0003'])] },
      '#0002 on the screen of 0',
    ],
  ])('lost: what a screen has shown and %s has not', (_, changes, fault) => {
    expect(verdict(changes)).toEqual({ ...nothing, lost: [fault] })
  })
  it('lost is only what a screen has shown', () => {
    const looks = [look(0, ['#0001', '#0003']), look(0, ['#0004'], null, 'Alle')]
    const hof = ['#0001', '#0003']
    const screens = [look(0, hof), look(1, hof), ...good.screens.slice(2)]
    expect(verdict({ looks, screens, found: [found('a', hof), found('b', hof)] })).toEqual(nothing)
  })
  it('lost: an answer that counts at one site only, or an older one that counts', () => {
    const without: Found = { ...found('b'), tallies: new Map() }
    expect(verdict({ found: [found('a'), without] }).lost).toEqual([
      'answer #0006 of 1 to #0004 at b: nothing is there',
    ])
    expect(verdict({ found: [found('a'), found('b', ALL, 'safe')] }).lost).toEqual([
      'answer #0006 of 1 to #0004 at b: safe counts',
    ])
  })
  it('takes either of two answers when the screen died before it showed the second', () => {
    const stamps = new Map([...good.stamps, ['#0006', null] as const])
    expect(verdict({ stamps, found: [found('a', ALL, 'safe'), found('b', ALL, 'safe')] })).toEqual(nothing)
    expect(verdict({ stamps })).toEqual(nothing)
  })
  it('duplicated: at a site, on a screen at the end, or on a screen for a while', () => {
    const double = [...ALL, '#0003']
    expect(verdict({ found: [found('a', double), found('b')] }).duplicated).toEqual(['#0003 at a in Hof'])
    expect(verdict({ screens: [look(0, double), ...good.screens.slice(1)] }).duplicated).toEqual([
      '#0003 on the screen of 0 in Hof',
    ])
    expect(
      verdict({ looks: [...good.looks.slice(0, 2), look(0, double), look(0, ALL), ...good.looks.slice(2)] }),
    ).toEqual({
      ...nothing,
      duplicated: ['#0003 on the screen of 0 in Hof, for a while'],
    })
  })
  it("reordered: a writer's items, at a site or on a screen, but not those of two writers", () => {
    expect(verdict({ found: [found('a'), found('b', ['#0003', '#0001', '#0002'])] })).toEqual(nothing)
    expect(verdict({ found: [found('a'), found('b', ['#0002', '#0001', '#0003'])] }).reordered).toEqual([
      '#0001 at b in Hof',
    ])
    const screens = [look(0, ALL), look(1, ['#0002', '#0001', '#0003']), ...good.screens.slice(2)]
    expect(verdict({ screens }).reordered).toEqual(['#0001 on the screen of 1 in Hof'])
  })
  it('regressed: a state that goes back from delivered or registered', () => {
    const looks = [look(0, ['#0001'], 'taken'), look(0, ['#0001'], 'waiting'), ...good.looks.slice(1)]
    expect(verdict({ looks }).regressed).toEqual(['#0001 was delivered, then waiting, on the screen of 0 in Hof (1)'])
    const answers = [...good.answers, { at: 3, person: 1, stamp: 6, key: 'away', state: 'sending' as const }]
    expect(verdict({ answers }).regressed).toEqual(['the answer 6 of 1 was registered, then sending (3)'])
  })
  it('regressed is not what waits, goes out and waits again', () => {
    const looks = [look(0, ['#0001'], 'sending'), look(0, ['#0001'], 'waiting'), ...good.looks.slice(1)]
    expect(verdict({ looks })).toEqual(nothing)
  })
  it('regressed: what vanishes from a room that is on the screen, but not what goes at its top', () => {
    expect(verdict({ looks: [...good.looks, look(1, ['#0001', '#0003']), look(1, ALL)] }).regressed).toEqual([
      '#0002 vanished from the screen of 1 in Hof (1)',
    ])
    expect(verdict({ looks: [...good.looks, look(1, ['#0002', '#0003']), look(1, ALL)] })).toEqual(nothing)
    expect(verdict({ looks: [...good.looks, look(1, [])] }).regressed).toHaveLength(3)
  })
})
