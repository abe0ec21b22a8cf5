import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TYPE } from '../../../src/core/event.ts'
import { contactLists, partKey, playbooks, splitParts, telUri } from '../../../src/core/handbook.ts'
import { room, state } from './samples.ts'

const card = {
  v: 1,
  title: 'Stromausfall',
  scenario: 'power',
  version: 3,
  updated: '2026-01-31',
  bytes: 10,
  sha256: 'a'.repeat(64),
  parts: 1,
}
const cardOf = (id: string, content: Record<string, unknown> = card) => state(TYPE.playbook, content, { state_key: id })

describe('BOOK-1 playbooks', () => {
  it('count from handbook rooms', () => {
    expect(playbooks([room('handbook', [cardOf('strom')]), room('team', [cardOf('falsch')])])).toEqual([
      { id: 'strom', room: '!room', card: { ...card, summary: '', lang: 'de' } },
    ])
  })

  it('that are broken, taken back or without a name hide no other', () => {
    const states = [
      cardOf('leer', {}),
      cardOf('kaputt', { ...card, sha256: 'x' }),
      cardOf('', card),
      cardOf('strom'),
      cardOf('zu-viele', { ...card, parts: 65 }),
    ]
    expect(playbooks([room('handbook', states)]).map((p) => p.id)).toEqual(['strom'])
  })

  it('contacts likewise', () => {
    const list = { v: 1, title: 'Stab', version: 1, entries: [{ role: 'Leitung' }] }
    const states = [
      state(TYPE.contacts, list, { state_key: 'stab' }),
      state(TYPE.contacts, { ...list, entries: 'x' }, { state_key: 'kaputt' }),
    ]
    expect(contactLists([room('handbook', states), room('lage', states)])).toEqual([
      { ...list, id: 'stab', entries: [{ role: 'Leitung', phones: [] }] },
    ])
  })
})

describe('BOOK-3 parts', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('# Schritt\n', '\n', 'Ü', '🧯', '\ud800', 'lang '.repeat(9)))
      .map((parts) => parts.join('')),
  )

  it('joined are the text, and each fits', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 50 }), (markdown, max) => {
        const parts = splitParts(markdown, max)
        expect(parts.join('')).toBe(markdown)
        for (const part of parts) expect(new TextEncoder().encode(part).length).toBeLessThanOrEqual(max)
        if (markdown.isWellFormed()) for (const part of parts) expect(part.isWellFormed()).toBe(true)
      }),
    )
  })

  it('end at the ends of lines where a line fits', () => {
    expect(splitParts('eins\nzwei\ndrei', 10)).toEqual(['eins\nzwei\n', 'drei'])
    expect(splitParts('eins\nzweizweizwei', 8)).toEqual(['eins\n', 'zweizwei', 'zwei'])
    expect(splitParts('', 8)).toEqual([''])
  })

  it('have a key each', () => {
    expect(partKey('strom', 0)).toBe('strom/0')
  })
})

describe('BOOK-5 a number is dialled as it is meant', () => {
  it.each([
    ['030 1234-56', 'tel:030123456'],
    ['+49 (0)30 123456', 'tel:+4930123456'],
    ['0049 (0)30 123456', 'tel:004930123456'],
    ['(030) 123', 'tel:030123'],
    ['(0)30 123', 'tel:030123'],
    ['(+49) 30 123', 'tel:+4930123'],
    ['030/123456', 'tel:030123456'],
    ['030 / 123456', 'tel:030123456'],
    ['030 123 / 0170 456', 'tel:030123'],
    ['030 123\n0170 456', 'tel:030123'],
    ['030 123, mobil 0170 456', 'tel:030123'],
    ['030 123 oder +49 170 456', 'tel:030123'],
    ['Tel. 030 123 (Büro)', 'tel:030123'],
    ['Notruf: 112', 'tel:112'],
    ['030–123', 'tel:030123'],
    ['auf Zuruf', ''],
    ['', ''],
  ])('%s: %s', (written, uri) => {
    expect(telUri(written)).toBe(uri)
  })

  it('whatever is written, the link holds digits only', () => {
    const written = fc
      .array(fc.constantFrom('+', '0', '4', ' ', '(', ')', '/', '-', 'x', '\n', '(0)'))
      .map((t) => t.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string(), written), (phone) => {
        expect(telUri(phone)).toMatch(/^(tel:\+?\d+)?$/)
      }),
    )
  })
})
