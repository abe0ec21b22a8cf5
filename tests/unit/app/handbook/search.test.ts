import { describe, expect, it } from 'vitest'
import { contactGroups } from '../../../../src/app/components/handbook/contacts.ts'
import { lineFor, matcherOf } from '../../../../src/app/components/handbook/search.ts'
import { ageInWords } from '../../../../src/app/components/handbook/age.ts'

describe('BOOK-8 search', () => {
  it.each([
    ['RAEUMUNG', 'Räumung eines Dienstgebäudes'],
    ['raumung', 'Räumung eines Dienstgebäudes'],
    ['räumung', 'Raeumung'],
    ['strasse', 'Ruhrstraße'],
    ['ereignis', 'Bauereignis'],
    ['  aufzug   keller ', 'Keller ohne Aufzug'],
  ])('%s is found in %s', (query, text) => expect(matcherOf(query)?.(text)).toBe(true))

  it('wants every word', () => expect(matcherOf('aufzug keller')?.('Aufzug')).toBe(false))
  it('asks nothing without a word', () => expect(matcherOf('  ')).toBeNull())

  it('shows the line that holds most of what was asked, without its marks', () => {
    const text = '## Aufzug\n\n- [ ] **Aufzüge prüfen und Menschen befreien** {#aufzuege}\n'
    expect(lineFor('menschen aufzuge', text)).toBe('Aufzüge prüfen und Menschen befreien')
    expect(lineFor('feuer', text)).toBeNull()
    expect(lineFor('wort', 'wort '.repeat(100))?.length).toBeLessThan(150)
  })
})

describe('contacts', () => {
  const lists = [
    {
      v: 1 as const,
      id: 'a',
      title: 'Wer hilft jetzt',
      version: 1,
      entries: [
        { role: 'Leitung Krisenstab', name: 'Jana Lindhorst', phones: ['030 23125 140'] },
        { role: 'Innerer Dienst', name: 'Deniz Aydemir', deputy_of: 'Leitung Krisenstab', phones: [] },
      ],
    },
  ]
  it('name who stands in', () => {
    expect(contactGroups(lists, null)[0]?.entries.map((e) => e.deputies)).toEqual([['Deniz Aydemir'], []])
  })
  it.each(['lindhorst', 'leitung', '030 23125', '03023125140'])('BOOK-8 are found by %s', (query) => {
    expect(contactGroups(lists, matcherOf(query))[0]?.entries[0]?.contact.name).toBe('Jana Lindhorst')
  })
  it('leave out a list in which nobody was found', () => {
    expect(contactGroups(lists, matcherOf('feuerwehr'))).toEqual([])
  })
})

describe('BOOK-4 age of a plan', () => {
  const now = new Date(2026, 10, 24, 14).getTime()
  it.each([
    ['2026-11-24', 'heute', 'today'],
    ['2026-11-15', 'vor 9 Tagen', '9 days ago'],
    ['2026-10-27', 'vor 4 Wochen', '4 weeks ago'],
    ['2026-08-25', 'vor 2 Monaten', '2 months ago'],
    ['2025-09-10', 'vor 14 Monaten', '14 months ago'],
    ['2026-12-01', 'heute', 'today'],
  ])('%s: %s', (day, de, en) => {
    expect(ageInWords(day, now, 'de')).toBe(de)
    expect(ageInWords(day, now, 'en')).toBe(en)
  })
})
