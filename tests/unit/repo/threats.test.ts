import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { read } from './files.ts'

const PAGE = 'docs/threats.md'
const [, attacks = ''] = read(PAGE).split('## Attacks that the tests try')
const rows = attacks.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Attack '))
/** The title of a test and the file that a row says it is in. */
const testsOf = (row: string) =>
  [...row.matchAll(/`([^`]+)` in \[[^\]]+\]\(([^)]+)\)/g)].map(([, title, href]) => ({ title: title!, href: href! }))

describe('docs/threats.md', () => {
  it('has a test for each attack', () => {
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter((row) => testsOf(row).length === 0)).toEqual([])
  })
  it('quotes titles of tests that are there', () => {
    const absent = rows.flatMap(testsOf).filter(({ title, href }) => {
      const text = read(join(dirname(PAGE), href))
      return !text.includes(`'${title}'`)
    })
    expect(absent).toEqual([])
  })
})
