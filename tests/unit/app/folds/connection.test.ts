import { describe, expect, it } from 'vitest'
import { deviceTrouble, noticeOf, siteRows, stripOf, type Facts } from '../../../../src/app/folds/connection.ts'
import type { ActiveSite } from '../../../../src/core/failover.ts'
import type { StorageState } from '../../../../src/core/ports.ts'
import { deploymentOf } from '../../../fakes/agency.ts'

const NOW = 1_800_000_000_000
const answers = (a: boolean | null, b: boolean | null) => ({ a: { up: a, since: 5 }, b: { up: b, since: 6 } })
const declaration = (site: string, since: number, more: Partial<ActiveSite> = {}): ActiveSite => ({
  v: 1,
  site,
  since,
  closed: [],
  by: 'monitor',
  status: 'Actual',
  from: site === 'a' ? 'b' : 'a',
  ...more,
})
const facts = (status: Partial<NonNullable<Facts['status']>>, more: Partial<Facts> = {}): Facts => ({
  deployment: deploymentOf(),
  status: { site: 'a', since: 1, sync: 'live', exchanged_at: NOW, answers: answers(true, true), ...status },
  declared: declaration('a', 1, { by: 'provision' }),
  asOf: NOW - 1,
  waiting: 2,
  signedIn: new Set(['a', 'b']),
  refused: new Map(),
  now: NOW,
  ...more,
})

describe('APP-4 the strip says which site is in use, since when, and what works', () => {
  it.each<[string, Facts, object]>([
    ['a quiet day', facts({}), { state: 'normal', site: 'Standort A' }],
    ['before anything was ever reached', facts({ site: null }), { state: 'seeking' }],
    ['a start', facts({ sync: 'connecting', answers: {} }), { state: 'seeking' }],
    [
      'a site that is silent',
      facts({ answers: answers(false, true) }),
      { state: 'trouble', silent: 'Standort A', checking: 'Standort B' },
    ],
    ['no network', facts({ answers: answers(false, false) }), { state: 'offline', cut: 'network', waiting: 2 }],
    [
      'no site, where there is a network',
      facts({ answers: answers(false, false), relayed: true }),
      { state: 'offline', cut: 'sites' },
    ],
    [
      'a switch',
      facts({ site: 'b' }, { declared: declaration('b', 7) }),
      { state: 'moved', site: 'Standort B', since: 7 },
    ],
    ['a site chosen by the device itself', facts({ site: 'b', since: 9 }), { state: 'moved', since: 9 }],
    [
      'sites that answer and refuse this session',
      facts(
        { sync: 'signed_out' },
        {
          refused: new Map([
            ['a', 'expired'],
            ['b', 'locked'],
          ]),
        },
      ),
      { state: 'signed_out', locked: false },
    ],
    [
      'sites that have locked the account',
      facts(
        {},
        {
          refused: new Map([
            ['a', 'locked'],
            ['b', 'locked'],
          ]),
        },
      ),
      { state: 'signed_out', locked: true },
    ],
    ['the way back', facts({}, { declared: declaration('a', NOW - 60_000) }), { state: 'back', site: 'Standort A' }],
    ['long after the way back', facts({}, { declared: declaration('a', NOW - 3600_000) }), { state: 'normal' }],
  ])('%s', (_, given, expected) => {
    expect(stripOf(given)).toMatchObject(expected)
  })
})

it('READY-3 a site that does not answer is silent, and one without a session is not signed in', () => {
  const rows = siteRows(facts({ answers: answers(true, false) }))
  expect(rows.map((r) => r.state)).toEqual(['active', 'silent'])
  expect(siteRows(facts({}, { refused: new Map([['b', 'expired']]) })).map((r) => r.state)).toEqual(['active', 'ended'])
  expect(siteRows(facts({}, { refused: new Map([['b', 'locked']]) }))[1]?.state).toBe('locked')
  expect(siteRows(facts({}, { signedIn: new Set(['a']) }))[1]?.state).toBe('not_signed_in')
})

it('APP-4 until somebody has answered, a row says what was last known, and that it is being checked', () => {
  const begun = { answers: {}, last: answers(true, false) }
  expect(siteRows(facts(begun)).map(({ state, last }) => [state, last])).toEqual([
    ['active', true],
    ['silent', true],
  ])
  expect(siteRows(facts({ answers: {} })).map(({ state }) => state)).toEqual(['unknown', 'unknown'])
  expect(siteRows(facts({})).every(({ last }) => !last)).toBe(true)
})

describe('DEVICE-5 what is wrong with the device, the worst first', () => {
  const sound: StorageState = { memory: false, full: false, broken: [], silent: [], emptied: 0, persisted: true }
  it.each<[string | undefined, Partial<StorageState>, number, number]>([
    [undefined, {}, 0, 4 * 60_000],
    [undefined, { broken: ['inbox'] }, 0, 0],
    ['clock', {}, 0, -3 * 3600_000],
    ['memory', { memory: true }, 0, 3600_000],
    ['lost', { memory: true }, 2, 0],
    ['full', { full: true, memory: true }, 2, 0],
    [undefined, { silent: ['inbox'] }, 0, 0],
    ['silent', { full: true, silent: ['projection'] }, 2, 0],
    ['broken', { silent: ['projection'], full: true, broken: ['outbox'] }, 2, 0],
  ])('%s', (expected, storage, lost, offset) => {
    expect(deviceTrouble({ ...sound, ...storage }, lost, offset)).toBe(expected)
  })
})

describe('the sheet of a switch', () => {
  const moved = facts({ site: 'b' }, { declared: declaration('b', 7) })
  it('APP-12 tells of it once, when the app has changed over', () => {
    expect(noticeOf(moved, 6)).toMatchObject({ from: 'Standort A', to: 'Standort B', since: 7 })
    expect(noticeOf(moved, 7)).toBeNull()
    expect(noticeOf(facts({ site: 'a' }, { declared: declaration('b', 7) }), 0)).toBeNull()
  })
  it('SWITCH-9 does not tell of a declaration that moves nobody, and no strip does', () => {
    const closed = facts(
      { site: 'a' },
      { declared: declaration('a', NOW - 1, { from: 'a', closed: ['b'], by: 'manager' }) },
    )
    expect(noticeOf(closed, 0)).toBeNull()
    expect(stripOf(closed).state).toBe('normal')
  })
  it('SWITCH-13 says what kind it is, and whether it is a drill', () => {
    const at = (more: Partial<ActiveSite>) =>
      noticeOf(facts({ site: 'b' }, { declared: declaration('b', 7, more), proposed: 'p' }), 6)
    expect(at({})).toMatchObject({ kind: 'failover', drill: false })
    expect(at({ by: 'manager', status: 'Exercise' })).toMatchObject({ kind: 'moved', drill: true })
    expect(at({ by: 'manager', incident: 'p' })).toMatchObject({ kind: 'failover' })
  })
  it('does not tell of the first declaration', () => {
    expect(noticeOf(facts({}), 0)).toBeNull()
  })
})
