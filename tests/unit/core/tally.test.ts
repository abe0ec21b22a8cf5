import { describe, expect, it } from 'vitest'
import { foldAlerts, type AlertRevision } from '../../../src/core/alert.ts'
import { entryOf, refusalOf, tallies, TALLY_BYTES } from '../../../src/core/tally.ts'
import { ALERT_ID, ALL, alertContent, person } from '../../fakes/agency.ts'

const anna = person('anna')
const id = (n: number) => `0198bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`
const response = (n: number, changes = {}) => ({ id: id(n), alert: ALERT_ID, key: 'ok', at: 5, ...changes })

describe('ANSWER-1 tally events', () => {
  it('carry at most 300 entries', () => {
    const entries = Array.from({ length: 650 }, (_, n) => entryOf(response(n), person(`p${n}`), 10))
    const events = tallies(ALERT_ID, entries)
    expect(events.map((e) => e.entries.length)).toEqual([300, 300, 50])
    expect(events.flatMap((e) => e.entries)).toEqual(entries)
  })

  it('stay under 48 KiB, however long the notes are', () => {
    const note = 'ü'.repeat(500)
    const entries = Array.from({ length: 120 }, (_, n) => entryOf(response(n, { note }), person(`p${n}`), 10))
    const events = tallies(ALERT_ID, entries)
    expect(events.flatMap((e) => e.entries)).toEqual(entries)
    for (const event of events) expect(Buffer.byteLength(JSON.stringify(event.entries))).toBeLessThan(TALLY_BYTES + 100)
  })

  it('are none for no entries', () => {
    expect(tallies(ALERT_ID, [])).toEqual([])
  })
})

it('ANSWER-5 an answer from a clock that runs ahead counts as given now', () => {
  expect(entryOf(response(1, { at: 99 }), anna, 10).at).toBe(10)
  expect(entryOf(response(1, { at: 5 }), anna, 10).at).toBe(5)
})

describe('ANSWER-4', () => {
  const revision = (rev: number, key: string): AlertRevision => ({
    content: alertContent(0, { rev, responses: [{ key, label: 'x', meaning: 'safe' }] }),
    event_id: `$${rev}`,
    room_id: ALL,
    sender: '@chief:a.example',
    at: rev,
  })
  const [alert] = foldAlerts([revision(0, 'ok'), revision(1, 'safe')])
  const audience = new Set([anna])

  it('takes a key of any revision of the alert', () => {
    expect(refusalOf(response(1), alert!, anna, audience)).toBeNull()
    expect(refusalOf(response(1, { key: 'safe' }), alert!, anna, audience)).toBeNull()
    expect(refusalOf(response(1, { key: 'other' }), alert!, anna, audience)).toBe('unknown_key')
  })

  it('takes answers of the audience only', () => {
    expect(refusalOf(response(1), alert!, person('ben'), audience)).toBe('not_in_audience')
  })
})
