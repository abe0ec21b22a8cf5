import { describe, expect, it } from 'vitest'
import { foldAlerts, SCHEDULED_AHEAD } from '../../../src/core/alert.ts'
import {
  duty,
  dutyOrder,
  isListed,
  isRung,
  pushAt,
  pushUntil,
  PUSH_TTL,
  RINGING,
  sentKey,
} from '../../../src/core/duty.ts'
import { ALL, alertContent } from '../../fakes/agency.ts'

const NOW = 1_800_000_000_000
const alertAt = (at: number, changes = {}) =>
  foldAlerts([{ content: alertContent(at, changes), event_id: '$1', room_id: ALL, sender: '@chief:a.example', at }])[0]!
const silent = { answers: false, sent: false }
const alive = { answers: true, sent: false }
const rang = { answers: true, sent: true }
const seenFor = (seen: number) => ({ seen, listed: Infinity })
const fresh = seenFor(0)

describe('PUSH-1 duty', () => {
  it('is first with the site of the sender, then in the order of the file', () => {
    expect(dutyOrder(['a', 'b', 'c'], 'b')).toEqual(['b', 'a', 'c'])
    expect(dutyOrder(['a', 'b', 'c'], null)).toEqual(['a', 'b', 'c'])
  })

  it('the first sends at once', () => {
    expect(duty(['a', 'b', 'c'], 'a', { b: alive, c: alive }, fresh, 15_000)).toBe('send')
  })

  it('the others wait, and send when patience is over', () => {
    expect(duty(['a', 'b', 'c'], 'b', { a: alive, c: alive }, seenFor(14_999), 15_000)).toBe('wait')
    expect(duty(['a', 'b', 'c'], 'b', { a: alive, c: alive }, seenFor(15_000), 15_000)).toBe('send')
  })

  it('the second does not wait for a first that is silent', () => {
    expect(duty(['a', 'b', 'c'], 'b', { a: silent, c: alive }, fresh, 15_000)).toBe('send')
    expect(duty(['a', 'b', 'c'], 'c', { a: silent, b: alive }, fresh, 15_000)).toBe('wait')
  })

  it('nobody sends what another has sent, also the first one not when it comes back', () => {
    expect(duty(['a', 'b'], 'b', { a: rang }, seenFor(99_999), 15_000)).toBe('done')
    expect(duty(['a', 'b'], 'a', { b: rang }, fresh, 15_000)).toBe('done')
  })
})

describe('PUSH-18 what another has listed', () => {
  it('is not rung because one probe was lost: who listed it has patience to be heard again', () => {
    const listed = (ms: number) => ({ seen: 60_000, listed: ms })
    expect(duty(['a', 'b'], 'b', { a: silent }, listed(14_999), 15_000)).toBe('wait')
    expect(duty(['a', 'b'], 'a', { b: silent }, listed(14_999), 15_000)).toBe('wait')
    expect(duty(['a', 'b'], 'b', { a: silent }, listed(15_000), 15_000)).toBe('send')
  })

  it('counts as rung once it has stood there for a minute', () => {
    expect(isRung({ first: NOW, last: NOW + RINGING - 1 })).toBe(false)
    expect(isRung({ first: NOW, last: NOW + RINGING })).toBe(true)
  })

  it('is seen in the lists of others only', () => {
    expect(isListed('a', { a: rang, b: alive })).toBe(false)
    expect(isListed('a', { a: alive, b: rang })).toBe(true)
  })
})

describe('PUSH-2 what is pushed', () => {
  it('an alert or drill that is open, from its beginning', () => {
    expect(pushAt(alertAt(NOW), NOW)).toBe(NOW)
    expect(pushAt(alertAt(NOW, { status: 'Exercise' }), NOW)).toBe(NOW)
  })

  it('an announced one when it is due', () => {
    expect(pushAt(alertAt(NOW, { effective: NOW + 3600_000 }), NOW)).toBe(NOW + 3600_000)
  })

  it("ALERT-11 any other at once, whatever the writer's or another server's clock says", () => {
    expect(pushAt(alertAt(NOW, { effective: NOW + SCHEDULED_AHEAD }), NOW)).toBe(NOW)
    expect(pushAt(alertAt(NOW, { effective: NOW - 2 * PUSH_TTL }), NOW)).toBe(NOW)
    expect(pushAt(alertAt(NOW + 60_000), NOW)).toBe(NOW)
    expect(pushAt(alertAt(NOW, { msg_type: 'Cancel', effective: NOW + 3600_000 }), NOW)).toBe(NOW)
  })

  it('no test, nothing that has expired', () => {
    expect(pushAt(alertAt(NOW, { status: 'Test' }), NOW)).toBeNull()
    expect(pushAt(alertAt(NOW, { expires: NOW }), NOW)).toBeNull()
  })

  it('an all-clear also after the alert has expired', () => {
    expect(pushAt(alertAt(NOW, { msg_type: 'AllClear', expires: NOW - 1 }), NOW)).toBe(NOW)
  })

  it('nothing older than four hours, counted from when it took effect', () => {
    expect(pushAt(alertAt(NOW - PUSH_TTL), NOW)).not.toBeNull()
    expect(pushAt(alertAt(NOW - PUSH_TTL - 1), NOW)).toBeNull()
    expect(pushAt(alertAt(NOW - 2 * PUSH_TTL, { effective: NOW - 1 }), NOW)).toBe(NOW - 1)
  })
})

it('lists the first revision by the id, later ones with their number', () => {
  const { id } = alertContent(0)
  expect(sentKey(alertContent(0))).toBe(id)
  expect(sentKey(alertContent(0, { rev: 2 }))).toBe(`${id}.2`)
})

describe('PUSH-8 a push lives', () => {
  it('for four hours, and not longer than its alert', () => {
    expect(pushUntil(alertAt(NOW), NOW)).toBe(NOW + PUSH_TTL)
    expect(pushUntil(alertAt(NOW, { expires: NOW + 600_000 }), NOW)).toBe(NOW + 600_000)
    expect(pushUntil(alertAt(NOW, { expires: NOW + 2 * PUSH_TTL }), NOW)).toBe(NOW + PUSH_TTL)
    expect(pushUntil({ ...alertAt(NOW), overtaken: NOW + 600_000 }, NOW)).toBe(NOW + 600_000)
  })

  it.each(['Cancel', 'AllClear'])('for four hours where it ends an alert: %s', (msg_type) => {
    expect(pushUntil(alertAt(NOW, { msg_type, expires: NOW + 600_000 }), NOW)).toBe(NOW + PUSH_TTL)
  })
})
