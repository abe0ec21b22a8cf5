import { describe, expect, it } from 'vitest'
import { read } from './files.ts'

const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'scripts',
  Record<string, string>
>
const [runtime = '', development = ''] = read('docs/adr/0006-dependencies.md').split('| Development dependencies |')

/** The names in code of a table's rows, in the given column. */
const names = (table: string, column: number) =>
  table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name!))

const matches = (pattern: string, name: string) =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

describe('package.json', () => {
  it('has exactly the runtime dependencies that have a reason', () => {
    expect(names(runtime, 1).toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted())
  })
  it('has exactly the development dependencies that have a purpose', () => {
    const patterns = names(development, 1)
    const all = Object.keys(manifest.devDependencies)
    expect(all.filter((name) => !patterns.some((pattern) => matches(pattern, name)))).toEqual([])
    expect(patterns.filter((pattern) => !all.some((name) => matches(pattern, name)))).toEqual([])
  })
  it('has every version exactly', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })
  it('has its scripts in order', () => {
    const scripts = Object.keys(manifest.scripts)
    expect(scripts).toEqual(scripts.toSorted())
  })
})
