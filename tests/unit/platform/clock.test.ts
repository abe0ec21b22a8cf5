import { expect, it, vi } from 'vitest'
import { openClock } from '../../../src/platform/clock.ts'

const HOUR = 3600_000

it('DEVICE-6 goes by the time of the relays once it is known, and leaves a small difference alone', () => {
  const clock = openClock(() => 1_000_000)
  clock.correct(-3 * HOUR)
  expect([clock.now(), clock.own()]).toEqual([1_000_000 - 3 * HOUR, 1_000_000])
  clock.correct(900)
  expect(clock.now()).toBe(1_000_000)
})

it('DEVICE-6 notices that the clock was set, and not that time passes', () => {
  vi.useFakeTimers()
  let [wall, steady, jumps] = [0, 0, 0]
  const stop = openClock(
    () => wall,
    () => steady,
  ).onJump(() => jumps++)
  const pass = (of: number, more = 0) => {
    wall += of + more
    steady += of
    vi.advanceTimersByTime(of)
  }
  pass(20_000)
  expect(jumps).toBe(0)
  pass(20_000, 24 * HOUR)
  expect(jumps).toBe(1)
  pass(20_000, -24 * HOUR)
  expect(jumps).toBe(2)
  stop()
  vi.useRealTimers()
})
