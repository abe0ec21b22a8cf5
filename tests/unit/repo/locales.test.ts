import { describe, expect, it } from 'vitest'
import { filesBelow, read } from './files.ts'

const FOLDER = 'src/app/locales'
const namesOf = (language: string) =>
  filesBelow(`${FOLDER}/${language}`).map((file) => file.slice(`${FOLDER}/${language}/`.length))

type Texts = { [key: string]: string | Texts }
const textsOf = (language: string, name: string) => JSON.parse(read(`${FOLDER}/${language}/${name}`)) as Texts

/** `a.b` and its text, in the file's order. */
const flat = (texts: Texts, path = ''): [string, string][] =>
  Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : flat(value, `${path}${key}.`),
  )

/** Keys of every object of the file, in its order. */
const levels = (texts: Texts): string[][] => [
  Object.keys(texts),
  ...Object.values(texts).flatMap((value) => (typeof value === 'string' ? [] : levels(value))),
]

const placeholders = (text: string) => [...new Set(text.match(/\{[^}]*\}/g))].toSorted()

describe('APP-5 German and English', () => {
  const names = namesOf('de')
  it('have the same files, and some', () => {
    expect(names).not.toEqual([])
    expect(namesOf('en')).toEqual(names)
  })
  it.each(names)('have the same keys in %s', (name) => {
    const keys = (language: string) => flat(textsOf(language, name)).map(([key]) => key)
    expect(keys('en')).toEqual(keys('de'))
  })
  it.each(names)('fill in the same values in %s', (name) => {
    const filled = (language: string) => flat(textsOf(language, name)).map(([key, text]) => [key, placeholders(text)])
    expect(filled('en')).toEqual(filled('de'))
  })
  it.each(names)('leave no text empty in %s', (name) => {
    const all = ['de', 'en'].flatMap((language) => flat(textsOf(language, name)))
    expect(all.filter(([, text]) => text.trim() === '')).toEqual([])
  })
  it.each(names)('have sorted keys in %s', (name) => {
    for (const keys of ['de', 'en'].flatMap((language) => levels(textsOf(language, name))))
      expect(keys).toEqual(keys.toSorted())
  })
})
