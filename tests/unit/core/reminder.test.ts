import { expect, it } from 'vitest'
import { isOfficeHour, reminderFor } from '../../../src/core/reminder.ts'

const DAY = 24 * 3600_000
const NOW = 1_800_000_000_000

it.each([
  ['an app that is in use', { seen: NOW - DAY, expired: [], reminded: null }, null],
  ['a site that has forgotten the session', { seen: NOW - DAY, expired: ['b'], reminded: null }, 'expired'],
  ['no look for a week', { seen: NOW - 7 * DAY, expired: [], reminded: null }, 'unseen'],
  ['no look for a week, what it said before is old', { seen: NOW - 8 * DAY, expired: ['b'], reminded: null }, 'unseen'],
  ['it was asked six days ago', { seen: NOW - 20 * DAY, expired: ['b'], reminded: NOW - 6 * DAY }, null],
  ['it was asked a week ago', { seen: NOW - 20 * DAY, expired: [], reminded: NOW - 7 * DAY }, 'unseen'],
] as const)('READY-8, READY-9 %s', (_, device, reminder) => {
  expect(reminderFor(device, NOW)).toBe(reminder)
})

it.each([
  ['Monday at 9', new Date(2027, 0, 4, 9), true],
  ['Friday before 16', new Date(2027, 0, 8, 15, 59), true],
  ['Friday at 16', new Date(2027, 0, 8, 16), false],
  ['Monday before 9', new Date(2027, 0, 4, 8, 59), false],
  ['Saturday at noon', new Date(2027, 0, 9, 12), false],
  ['Sunday at noon', new Date(2027, 0, 10, 12), false],
])('READY-9 nobody is disturbed out of office hours: %s', (_, at, office) => {
  expect(isOfficeHour(at.getTime())).toBe(office)
})
