import { describe, expect, it } from 'vitest'
import { filesBelow, read } from './files.ts'

const spec = read('docs/spec.md')
const rules = [...spec.matchAll(/^\| ([A-Z]+-\d+) \|/gm)].map(([, rule]) => rule!)
const chapters = [...spec.matchAll(/^## ([A-Z]+) /gm)].map(([, chapter]) => chapter!)

const named = new RegExp(`\\b(?:${chapters.join('|')})-\\d+\\b`, 'g')
const titled = /\b(?:it|test|describe)(?:\.\w+)*(?:\([^()]*\))?\(\s*['"`]([A-Z]+-\d+)/g

describe('rules of docs/spec.md', () => {
  it('are listed once, under their chapter, in order', () => {
    expect(rules.length).toBeGreaterThan(0)
    for (const chapter of chapters) {
      const own = rules.filter((rule) => rule.startsWith(`${chapter}-`))
      expect(own).toEqual(own.map((_, i) => `${chapter}-${i + 1}`))
    }
    expect(rules.filter((rule) => !chapters.includes(rule.split('-')[0]!))).toEqual([])
  })
  it('are there when a title of a test quotes them', () => {
    const titles = filesBelow('tests').flatMap((file) =>
      [...read(file).matchAll(titled)].map(([, rule]) => ({ file, rule: rule! })),
    )
    expect(titles.length).toBeGreaterThan(0)
    expect(titles.filter(({ rule }) => !rules.includes(rule))).toEqual([])
  })
  it('are there when code or a page names them', () => {
    const files = ['src', 'tests', 'docs'].flatMap(filesBelow)
    const names = files.flatMap((file) => (read(file).match(named) ?? []).map((rule) => ({ file, rule })))
    expect(names.filter(({ rule }) => !rules.includes(rule))).toEqual([])
  })
})

describe('the table of failures of docs/spec.md', () => {
  const table = spec.split('What happens in each failure.')[1]!.split('\n## ')[0]!
  const [, , ...rows] = table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.slice(2, -2).split(' | '))

  it.each(rows)('%s', (...cells) => {
    expect(cells).toHaveLength(6)
    const [own, testedIn] = [cells[4]!.split(', '), cells[5]!]
    expect(rules).toEqual(expect.arrayContaining(own))
    const named = [...testedIn.matchAll(/`([^`]+)`((?:,? "[^"]+")+)/g)].map(([, file, words]) => ({
      text: read(`tests/${file}.test.ts`),
      words: [...words!.matchAll(/"([^"]+)"/g)].map(([, one]) => one!),
    }))
    expect(named).toHaveLength(testedIn.split('`').length >> 1)
    expect(named.length).toBeGreaterThan(0)
    for (const { text, words } of named) for (const one of words) expect(text).toContain(one)
    expect(own.some((rule) => named.some(({ text }) => text.includes(rule)))).toBe(true)
  })
})
