import { describe, expect, it } from 'vitest'
import type { AlertContent } from '../../../src/core/alert.ts'
import { badgeOf } from '../../../src/core/badge.ts'
import type { RoomId } from '../../../src/core/ids.ts'
import { NOW, revision, uuidOf } from './samples.ts'

const responses: AlertContent['responses'] = [{ key: 'ok', label: 'Verstanden', meaning: 'acknowledged' }]
const pushed = (nr: number, received_at: number, more: Partial<AlertContent> = {}) => ({
  revision: revision({ id: uuidOf(nr), responses, ...more }, { at: NOW }),
  received_at,
})
const counted = { alerts: [uuidOf(1)], rooms: ['!1', '!2'] as RoomId[], at: 10 }

describe('NOTICE-7 the number on the icon', () => {
  it.each([
    ['is what the app has counted', [], [], 3],
    ['has one more for each alert pushed since', [pushed(2, 11), pushed(3, 12)], [], 5],
    ['counts an alert once', [pushed(1, 11, { rev: 1 })], [], 3],
    ['leaves to the app what came before it counted', [pushed(2, 9)], [], 3],
    ['leaves out what asks for nothing', [pushed(2, 11, { responses: [] })], [], 3],
    ['leaves out what was ended since', [pushed(1, 11, { rev: 1, msg_type: 'AllClear' })], [], 2],
    ['leaves out what has expired', [pushed(2, 11, { expires: NOW + 1 })], [], 3],
    ['leaves out what was answered since', [pushed(2, 11)], [uuidOf(1), uuidOf(2)], 2],
  ])('%s', (_what, pushes, answered, number) => {
    expect(badgeOf(counted, pushes, answered, [], NOW + 60)).toBe(number)
  })
  it('is of what was pushed, before the app has counted anything', () => {
    expect(badgeOf(null, [pushed(2, 1)], [], [], NOW + 60)).toBe(1)
  })
  it('has one more for each room with messages since, which is counted once', () => {
    const rooms = (['!2', '!3', '!4'] as const).map((room, i) => ({ room, received_at: 12 - i }))
    expect(badgeOf(counted, [], [], rooms, NOW)).toBe(4)
  })
})
