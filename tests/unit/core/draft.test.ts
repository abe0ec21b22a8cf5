import { describe, expect, test } from 'vitest'
import { alertSchema, LIMITS, type AlertContent } from '../../../src/core/alert.ts'
import {
  alertOf,
  blanksIn,
  draftOf,
  draftProblems,
  draftSchema,
  emptyDraft,
  isUnwritten,
  type Draft,
} from '../../../src/core/draft.ts'
import { parse } from '../../../src/core/parse.ts'

const full: Draft = {
  severity: 'Extreme',
  headline: 'Gebäude Ruhrstraße sofort verlassen',
  instruction: 'Im Untergeschoss ist Rauch.',
  next_step: 'Gehen Sie jetzt zum Sammelplatz Nord.',
  responses: [{ key: 'safe', label: 'Bin in Sicherheit', meaning: 'safe' }],
  rooms: ['!ruhr', '!alle'],
  playbook: null,
}
const as = {
  id: '01980000-0000-4000-8000-000000000001',
  rev: 0,
  now: 1_795_000_000_000,
  audienceLabel: 'Ruhrstraße, Alle Beschäftigten',
  msg_type: 'Alert',
} as const
const drill: AlertContent = {
  ...alertOf(full, as),
  status: 'Exercise',
  kind: 'failover',
  expires: as.now + 1,
  info: [{ lang: 'en', headline: 'Leave', instruction: '', next_step: 'Go', responses: {} }],
  site: { from: 'a', to: 'b', incident: as.id },
}

describe('what keeps a draft from being sent', () => {
  test('LEAD-1: an empty one lacks everything that is required, in the order of the form', () => {
    expect(draftProblems(emptyDraft())).toEqual(['severity', 'headline', 'next_step', 'responses', 'rooms'])
    expect(draftProblems(full)).toEqual([])
  })

  test.each([
    ['severity', { severity: null }],
    ['headline', { headline: ' \n ' }],
    ['headline', { headline: 'x'.repeat(LIMITS.headline + 1) }],
    ['instruction', { instruction: 'x'.repeat(LIMITS.instruction + 1) }],
    ['next_step', { next_step: 'x'.repeat(LIMITS.next_step + 1) }],
    ['responses', { responses: [] }],
    ['rooms', { rooms: [] }],
  ] satisfies [string, Partial<Draft>][])('LEAD-1: %s alone, with %o', (field, patch) => {
    expect(draftProblems({ ...full, ...patch })).toEqual([field])
  })

  test('ALERT-8: a draft without a next step is not complete', () => {
    expect(draftProblems({ ...full, next_step: '' })).toEqual(['next_step'])
  })

  test('LEAD-1: a blank that nobody filled in is a problem of its text, also of the instruction', () => {
    expect(draftProblems({ ...full, headline: 'Gebäude ‹welches?› verlassen' })).toEqual(['headline'])
    expect(draftProblems({ ...full, instruction: '‹Was ist geschehen?›' })).toEqual(['instruction'])
    expect(draftProblems({ ...full, headline: 'Gebäude [Nord] verlassen' })).toEqual([])
  })

  test('LEAD-1: the longest texts that fit are no problem, and make a valid alert', () => {
    const longest = {
      ...full,
      headline: 'x'.repeat(LIMITS.headline),
      instruction: 'x'.repeat(LIMITS.instruction),
      next_step: ` ${'x'.repeat(LIMITS.next_step)} `,
    }
    expect(draftProblems(longest)).toEqual([])
    expect(parse(alertSchema, alertOf(longest, as))).toMatchObject({ ok: true })
  })
})

test('the blanks of a text are found, so that they can be selected', () => {
  expect(blanksIn('Haus ‹A› und ‹B›')).toEqual([
    { start: 5, end: 8 },
    { start: 13, end: 16 },
  ])
  expect(blanksIn('Haus › ‹')).toEqual([])
})

test('LEAD-2: only what was written counts as written', () => {
  expect(isUnwritten({ ...emptyDraft(), severity: 'Minor', rooms: ['!a'], headline: '  ' })).toBe(true)
  expect(isUnwritten({ ...emptyDraft(), instruction: 'Rauch' })).toBe(false)
})

test('LEAD-2: a draft comes back from the device as it was; what is none is not taken for one', () => {
  const half = { ...emptyDraft(), headline: 'Gebäude ' }
  expect(parse(draftSchema, structuredClone(half))).toEqual({ ok: true, value: half })
  expect(parse(draftSchema, { ...half, severity: 'Loud' })).toMatchObject({ ok: false })
})

describe('the alert of a draft', () => {
  test('is a valid first alert in earnest, effective at once, with trimmed texts', () => {
    const content = alertOf({ ...full, headline: ' Gebäude  ', playbook: 'raeumung' }, as)
    expect(parse(alertSchema, content)).toMatchObject({ ok: true })
    expect(content).toMatchObject({ msg_type: 'Alert', rev: 0, status: 'Actual', kind: 'instruction' })
    expect(content).toMatchObject({ effective: as.now, headline: 'Gebäude', playbook: 'raeumung' })
    expect(content.audience).toEqual({ label: as.audienceLabel, rooms: full.rooms })
    expect(content).not.toHaveProperty('expires')
  })

  test('LEAD-5: a revision keeps drill, kind, sites and end, and says none of the old translations', () => {
    const content = alertOf(draftOf(drill), { ...as, rev: 1, msg_type: 'Update', follows: drill })
    const { status, kind, site, expires } = drill
    expect(content).toMatchObject({ rev: 1, msg_type: 'Update', status, kind, site, expires, info: [] })
    expect(parse(alertSchema, content)).toMatchObject({ ok: true })
  })

  test('LEAD-5: an end that has passed is not kept, or the update would be over at once', () => {
    expect(alertOf(full, { ...as, rev: 1, now: as.now + 1, follows: drill })).not.toHaveProperty('expires')
  })

  test('the draft of an alert becomes the same alert again', () => {
    const content = alertOf({ ...full, playbook: 'raeumung' }, as)
    expect(alertOf(draftOf(content), as)).toEqual(content)
  })

  test('LEAD-1: without a severity there is none', () => {
    expect(() => alertOf({ ...full, severity: null }, as)).toThrow()
  })
})
