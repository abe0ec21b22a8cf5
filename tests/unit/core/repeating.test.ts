import { describe, expect, it } from 'vitest'
import { foldAlerts, type AlertContent } from '../../../src/core/alert.ts'
import { PUSH_TTL } from '../../../src/core/duty.ts'
import {
  handOverAt,
  handOverKey,
  roundKey,
  roundOf,
  SCHEDULES,
  unanswered,
  type Schedules,
} from '../../../src/core/repeating.ts'
import { ALERT_ID, person } from '../../fakes/agency.ts'
import { NOW, revision } from './samples.ts'

const MINUTE = 60_000
const alertOf = (content: Partial<AlertContent> = {}) => foldAlerts([revision(content)])[0]!
const round = (minutes: number, content: Partial<AlertContent> = {}, schedules: Schedules = SCHEDULES) =>
  roundOf(alertOf(content), schedules, NOW + minutes * MINUTE)

describe('PUSH-21 the round that counts', () => {
  it.each([
    [0, 0, 5],
    [4.9, 0, 5],
    [5, 1, 10],
    [12, 2, 15],
    [24.9, 4, 25],
    [25, 5, null],
    [200, 5, null],
  ])('after %f minutes is number %i, the next one comes after %j', (minutes, number, next) => {
    expect(round(minutes)).toEqual({ number, next: next === null ? null : NOW + next * MINUTE })
  })

  it('is the first while the clock of another server is ahead', () => {
    expect(round(-3)).toEqual({ number: 0, next: NOW + 5 * MINUTE })
  })

  it.each([
    ['it brings no answers', { responses: [] }],
    ['it is withdrawn', { msg_type: 'Cancel' as const }],
    ['it has ended', { msg_type: 'AllClear' as const }],
    ['it has expired', { expires: NOW + 10 * MINUTE }],
    ['it is a test', { status: 'Test' as const }],
    ['it is only announced', { effective: NOW + 60 * MINUTE }],
    ['it is of the lowest severity', { severity: 'Minor' as const }],
  ])('is the first and only one when %s', (_why, content) => {
    expect(round(12, content)).toEqual({ number: 0, next: null })
    expect(handOverAt(alertOf(content), SCHEDULES, NOW + 12 * MINUTE)).toBeNull()
  })

  it('is counted for a drill as in earnest', () => {
    expect(round(12, { status: 'Exercise' })).toEqual(round(12))
  })

  it('comes sooner the more severe it is', () => {
    expect([round(16, { severity: 'Extreme' }), round(16), round(16, { severity: 'Moderate' })]).toMatchObject([
      { number: 5 },
      { number: 3 },
      { number: 1 },
    ])
  })

  it('counts from when an alert that was written for later takes effect', () => {
    expect(round(66, { effective: NOW + 60 * MINUTE })).toMatchObject({ number: 1 })
  })

  it('has a name of its own in the list of what was sent', () => {
    const { content } = revision({ rev: 2 })
    expect([0, 1, 7].map((number) => roundKey(content, number))).toEqual([
      `${ALERT_ID}.2`,
      `${ALERT_ID}.2#1`,
      `${ALERT_ID}.2#7`,
    ])
    expect(handOverKey(content)).toBe(`${ALERT_ID}.2#webhook`)
  })
})

describe('PUSH-23 the webhook is told', () => {
  it('when the last round is over', () => {
    expect(handOverAt(alertOf(), SCHEDULES, NOW)).toBe(NOW + 30 * MINUTE)
    expect(handOverAt(alertOf(), SCHEDULES, NOW + 40 * MINUTE)).toBe(NOW + 30 * MINUTE)
  })
  it('of the severities that the schedule says', () => {
    expect(handOverAt(alertOf({ severity: 'Moderate' }), SCHEDULES, NOW)).toBeNull()
  })
  it('not of what is older than four hours', () => {
    expect(handOverAt(alertOf(), SCHEDULES, NOW + PUSH_TTL)).not.toBeNull()
    expect(handOverAt(alertOf(), SCHEDULES, NOW + PUSH_TTL + 1)).toBeNull()
  })
})

it('PUSH-21 whoever has answered or sent it is not waited for', () => {
  const people = (...names: string[]) => new Set(names.map(person))
  expect(unanswered(people('anna', 'ben', 'chief'), people('ben', 'guest'), person('chief'))).toEqual(people('anna'))
})
