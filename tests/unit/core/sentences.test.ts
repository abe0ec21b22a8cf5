import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstSentence, newSentences, sentences, withoutSentences } from '../../../src/core/sentences.ts'

describe('sentences', () => {
  it('parts at the end of a sentence and at a new line, not after an abbreviation', () => {
    expect(sentences('Gehen Sie zum Sammelplatz Nord. Parkplatz hinter Haus C. Dort melden.')).toEqual([
      'Gehen Sie zum Sammelplatz Nord.',
      'Parkplatz hinter Haus C. Dort melden.',
    ])
    expect(sentences('Rufen Sie 112! Raum Nr. 5\nErdgeschoss')).toEqual(['Rufen Sie 112!', 'Raum Nr. 5', 'Erdgeschoss'])
    expect(sentences(' \n ')).toEqual([])
  })

  it('loses no word of any text', () => {
    const words = (text: string) => text.split(/\s+/).filter(Boolean)
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aBc12.!? \n„"') }), (text) => {
        expect(sentences(text).flatMap(words)).toEqual(words(text))
        const { first, rest } = firstSentence(text)
        expect([...words(first), ...words(rest)]).toEqual(words(text))
      }),
    )
  })
})

it('tells what a revision says that the one before did not', () => {
  const before = { headline: 'Räumung', instruction: 'Es brennt.', next_step: 'Gehen Sie hinaus.' }
  const after = { ...before, instruction: 'Ausgang gesperrt. Es brennt.', next_step: 'Gehen Sie zum Hof.' }
  expect(newSentences(before, after)).toEqual(['Ausgang gesperrt.', 'Gehen Sie zum Hof.'])
  expect(newSentences(after, after)).toEqual([])
  expect(withoutSentences(after.instruction, newSentences(before, after))).toBe('Es brennt.')
})
