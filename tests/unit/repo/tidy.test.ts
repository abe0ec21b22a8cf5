import { describe, expect, it } from 'vitest'
import { filesBelow, read } from './files.ts'

const REGISTRIES = [
  ['registry', 'npmjs'],
  ['registry', 'yarnpkg'],
  ['files', 'pythonhosted'],
  ['pypi', 'org'],
]

const isText = (file: string) => !/\.(png|woff2|ico)$/.test(file)

/** Written in pieces, so that this file does not name them either. */
const FOREIGN = [
  ['a path of the machine it was written on', /(?<![\w.:-])\/(?:work|root)\//],
  ['a registry', new RegExp(REGISTRIES.map((host) => host.join('\\.')).join('|'))],
  ['an address that npm came by', /"resolved":/],
] as const

describe('the repository', () => {
  it.each(FOREIGN)('names nowhere %s', (_, pattern) => {
    const files = filesBelow('.').filter((file) => isText(file) && file !== 'tests/unit/repo/tidy.test.ts')
    expect(files.filter((file) => pattern.test(read(file)))).toEqual([])
  })
  it('has no file in src of more than 400 lines', () => {
    const long = filesBelow('src').filter((file) => read(file).split('\n').length > 401)
    expect(long).toEqual([])
  })
})
