import { describe, expect, it } from 'vitest'
import {
  declarationFor,
  intentKey,
  intentsOf,
  lastDeclared,
  moves,
  runningDrill,
  standingOf,
  type Intent,
} from '../../../src/core/declaration.ts'
import { TYPE } from '../../../src/core/event.ts'
import { isHeld, isOvertaken, moveOf, type ActiveSite } from '../../../src/core/failover.ts'
import { isUndecided, type Proposal } from '../../../src/core/proposal.ts'
import { deploymentOf } from '../../fakes/agency.ts'
import { message, NOW, room, ROOM, state, levels, uuidOf } from './samples.ts'

const file = deploymentOf(['a', 'b', 'c'])
const declared = (site: string, more: Partial<ActiveSite> = {}): ActiveSite => ({
  v: 1,
  site,
  since: NOW - 1000,
  closed: [],
  by: 'manager',
  status: 'Actual',
  incident: uuidOf(1),
  ...more,
})
const proposal: Proposal = {
  v: 1,
  id: uuidOf(7),
  rev: 0,
  state: 'open',
  incident: uuidOf(8),
  from: 'a',
  to: 'b',
  at: NOW,
  until: NOW + 60_000,
  then: 'nothing',
  status: 'Actual',
  evidence: [],
}
const as = { now: NOW, incident: uuidOf(9), drill: false }
const keys = (last: ActiveSite | null, open: Proposal | null = null) =>
  intentsOf(file, standingOf(file, last, open)).map(intentKey)

describe('LEAD-12 what may be declared', () => {
  it('before anything was declared: to move, or to close; nothing to take back', () => {
    expect(keys(null)).toEqual(['move-b', 'move-c', 'close-a-b', 'close-a-c', 'close-b-a', 'close-c-a'])
  })

  it('after a switch: to take it back, once; not one that moved nobody', () => {
    expect(keys(declared('b', { from: 'a' }))).toContain(`correct-a-${uuidOf(1)}`)
    expect(keys(declared('b', { from: 'a', corrects: uuidOf(2) })).join()).not.toContain('correct')
    expect(keys(declared('a', { from: 'a', closed: ['c'] })).join()).not.toContain('correct')
  })

  it('a closed site: to go back there, or to open it, not to close it again nor to go on there', () => {
    const all = keys(declared('b', { from: 'a', closed: ['a'] }))
    expect(all).toContain('move-a')
    expect(all).toContain('reopen-a')
    expect(all.filter((key) => /^close-(a-|.-a)/.test(key))).toEqual([])
  })

  it('what is proposed comes first, and may be declined', () => {
    expect(keys(null, { ...proposal, to: 'c' }).slice(0, 3)).toEqual(['move-c', 'move-b', `decline-${uuidOf(8)}`])
  })
})

describe('SWITCH-9 the declaration of', () => {
  const say = (intent: Intent, last: ActiveSite | null = null, open: Proposal | null = null, drill = false) =>
    declarationFor(intent, standingOf(file, last, open), { ...as, drill })

  it.each<[string, Intent, ActiveSite | null, Partial<ActiveSite>, string | null]>([
    ['a move', { kind: 'move', to: 'b' }, null, { site: 'b', from: 'a', closed: [] }, 'moved'],
    [
      'the way back',
      { kind: 'move', to: 'a' },
      declared('b', { closed: ['a', 'c'] }),
      { site: 'a', closed: ['c'] },
      'switch_back',
    ],
    ['a closing', { kind: 'close', site: 'a', to: 'b' }, null, { site: 'b', from: 'a', closed: ['a'] }, 'closed'],
    [
      'a closing of another',
      { kind: 'close', site: 'c', to: 'a' },
      null,
      { site: 'a', from: 'a', closed: ['c'] },
      null,
    ],
    [
      'an opening',
      { kind: 'reopen', site: 'c' },
      declared('a', { closed: ['c'] }),
      { site: 'a', from: 'a', closed: [] },
      null,
    ],
    [
      'a correction',
      { kind: 'correct', to: 'a', incident: uuidOf(1) },
      declared('b', { from: 'a', closed: ['a'] }),
      { site: 'a', from: 'b', closed: [], corrects: uuidOf(1) },
      'correction',
    ],
  ])('%s', (_what, intent, last, content, kind) => {
    const said = say(intent, last)
    expect(said).toMatchObject({ ...content, by: 'manager', status: 'Actual', incident: uuidOf(9), since: NOW })
    expect(moveOf(file, said)).toBe(kind)
    expect(moves(intent, standingOf(file, last, null))).toBe(kind !== null)
  })

  it('what was proposed takes its incident, so that phones show one alert; a drill does not', () => {
    const said = say({ kind: 'move', to: 'b' }, null, proposal)
    expect(said.incident).toBe(proposal.incident)
    expect(moveOf(file, said, proposal.incident)).toBe('failover')
    expect(say({ kind: 'move', to: 'c' }, null, proposal).incident).toBe(uuidOf(9))
    expect(say({ kind: 'move', to: 'b' }, null, proposal, true)).toMatchObject({
      incident: uuidOf(9),
      status: 'Exercise',
    })
  })

  it('SITE-13 is later than the one before, whatever the clock says', () => {
    expect(say({ kind: 'move', to: 'a' }, declared('b', { since: NOW + 5 })).since).toBe(NOW + 6)
  })

  it('SWITCH-17 what moves nobody leaves a decline as it is, unless there is a new proposal', () => {
    const last = declared('a', { from: 'a', declines: uuidOf(8) })
    expect(say({ kind: 'close', site: 'c', to: 'a' }, last).declines).toBe(uuidOf(8))
    expect(say({ kind: 'close', site: 'c', to: 'a' }, last, proposal).declines).toBeUndefined()
    expect(say({ kind: 'move', to: 'b' }, last).declines).toBeUndefined()
  })
})

describe('SWITCH-17 a proposal that was declined', () => {
  const decline = declared('a', { from: 'a', declines: proposal.incident })
  const down = (since: number) => ({ up: false, since })

  it('waits for no decision any more, nor does one that was declared', () => {
    expect(isUndecided(proposal, null)).toBe(true)
    expect(isUndecided(proposal, declared('a', { from: 'a', closed: ['c'] }))).toBe(true)
    expect(isUndecided(proposal, decline)).toBe(false)
    expect(isUndecided(proposal, declared('b', { from: 'a' }))).toBe(false)
    expect(isUndecided({ ...proposal, state: 'withdrawn' }, null)).toBe(false)
  })

  it.each([
    ['all have seen it down since before', [down(50), down(60), down(70)], true],
    ['one of three has seen it fall anew', [down(50), down(160), down(70)], true],
    ['two of three have seen it fall anew', [down(150), down(160), down(70)], false],
    ['two are silent', [undefined, undefined, down(150)], true],
  ])('%s', (_what, views, held) => {
    const of = new Map(['a', 'b', 'c'].map((id, i) => [id, views[i]]))
    expect(isHeld(file, { declared: decline, at: 100 }, of)).toBe(held)
    expect(isHeld(file, { declared: declared('a', { from: 'b' }), at: 100 }, of)).toBe(false)
  })
})

describe('SWITCH-13 a drill runs', () => {
  const drill = declared('b', { from: 'a', status: 'Exercise', since: NOW })
  it('from its declaration until the way back, or until something is declared in earnest', () => {
    expect(runningDrill(file, null, null)).toBeNull()
    expect(runningDrill(file, null, drill)).toBe(drill)
    expect(runningDrill(file, null, declared('a', { from: 'b', since: NOW + 1 }))).toBeNull()
    expect(runningDrill(file, declared('a', { from: 'c', since: NOW + 1 }), drill)).toBeNull()
  })
})

it('SWITCH-18 a declaration is overtaken by a later one, or by an hour', () => {
  const content = (since: number) => ({ v: 1, site: 'b', from: 'a', since, by: 'manager' })
  const rooms = (type: string) => [room('alert', [levels(), state(type, content(NOW), { sender: '@chief:a.example' })])]
  for (const type of [TYPE.activeSite, TYPE.drill]) {
    expect(isOvertaken(file, rooms(type), type, content(NOW), NOW)).toBe(false)
    expect(isOvertaken(file, rooms(type), type, content(NOW - 1), NOW)).toBe(true)
    expect(isOvertaken(file, [], type, content(NOW), NOW + 3600_000 - 1)).toBe(false)
    expect(isOvertaken(file, [], type, content(NOW), NOW + 3600_000)).toBe(true)
  }
  expect(isOvertaken(file, rooms(TYPE.activeSite), TYPE.drill, content(NOW - 1), NOW)).toBe(false)
})

it('LEAD-13 the last declaration of the outbox, with its items in all rooms', () => {
  const item = (seq: number, since: number) =>
    message(seq, {
      payload: {
        kind: 'event',
        room: ROOM,
        type: TYPE.activeSite,
        content: { ...declared('b', { since }) },
        state_key: '',
      },
    })
  expect(lastDeclared([message(1)])).toBeNull()
  const last = lastDeclared([item(1, NOW), item(2, NOW + 1), item(3, NOW + 1), message(4)])
  expect(last?.items.map(({ seq }) => seq)).toEqual([2, 3])
})
