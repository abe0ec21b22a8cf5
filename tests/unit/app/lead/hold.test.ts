import { describe, expect, test } from 'vitest'
import {
  countdown,
  due,
  elapse,
  GAP_MS,
  HOLD_MS,
  leave,
  press,
  READY,
  release,
  WAIT_MS,
  type Hold,
} from '../../../../src/app/components/lead/hold.ts'

const tap = (hold: Hold, at: number) => release(press(hold, at), at)

describe('LEAD-3: holding', () => {
  test('sends after 1.5 s, not before', () => {
    const held = press(READY, 0)
    expect(elapse(held, HOLD_MS - 1)).toEqual(held)
    expect(elapse(held, HOLD_MS)).toEqual({ state: 'done' })
    expect(release(held, HOLD_MS)).toEqual({ state: 'done' })
  })

  test('a finger that slides off sends nothing and counts as no tap', () => {
    expect(leave(press(READY, 0))).toEqual(READY)
    expect(leave(press(tap(READY, 0), GAP_MS))).toEqual(READY)
  })

  test('says 3, 2, 1, and is woken at each of them', () => {
    const held = press(READY, 100)
    expect([100, 599, 600, 1100, 1599].map((at) => countdown(held, at))).toEqual([3, 3, 2, 1, 1])
    expect([100, 600, 1100].map((at) => due(held, at))).toEqual([600, 1100, 1600])
    expect(due(READY, 0)).toBeNull()
  })
})

describe('LEAD-3: tapping twice', () => {
  test('one tap sends nothing and waits for the second', () => {
    expect(tap(READY, 0)).toEqual({ state: 'second_tap', since: 0 })
    expect(elapse(tap(READY, 0), WAIT_MS - 1).state).toBe('second_tap')
    expect(elapse(tap(READY, 0), WAIT_MS)).toEqual(READY)
  })

  test('a second tap sends when it comes a second later', () => {
    expect(tap(tap(READY, 0), GAP_MS)).toEqual({ state: 'done' })
    expect(tap(tap(READY, 0), GAP_MS - 1)).toEqual({ state: 'second_tap', since: GAP_MS - 1 })
  })

  test('drumming never sends, however long it lasts', () => {
    let hold: Hold = READY
    for (let at = 0; at < 60_000; at += GAP_MS - 1) hold = tap(hold, at)
    expect(hold.state).toBe('second_tap')
  })

  test('what is sent is sent once', () => {
    const done = tap(tap(READY, 0), GAP_MS)
    expect(press(done, 5000)).toBe(done)
    expect(elapse(done, 90_000)).toBe(done)
  })
})
