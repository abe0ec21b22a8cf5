import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../../src/stack/paths.ts'
import { filesBelow, read } from './files.ts'
import { anchorsOf, headingsOf, linksOf, type Link } from './markdown.ts'

const pages = ['README.md', ...filesBelow('docs').filter((file) => file.endsWith('.md'))]
const isCode = (path: string) => /\.(ts|js|vue|css|scss)$/.test(path)

/** Why a link from `page` leads nowhere; null when it does lead somewhere, or out of the repository. */
function trouble(page: string, { href, code }: Link): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(href)) return null
  const [path = '', anchor] = decodeURIComponent(href).split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(ROOT, target))) return `${href}: there is no ${target}`
  if (statSync(join(ROOT, target)).isDirectory()) return anchor ? `${href}: a folder has no anchors` : null
  if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(read(target)).has(anchor))
    return `${href}: ${target} has no heading ${anchor}`
  if (!isCode(target)) return null
  const lines = read(target).split('\n').length
  const line = /^L(\d+)(?:-L(\d+))?$/.exec(anchor ?? '')
  if (anchor !== undefined && !line) return `${href}: an anchor in code is L1 or L1-L9`
  if (line && Number(line[2] ?? line[1]) > lines) return `${href}: ${target} has ${lines} lines`
  const said = (name: string) => read(target).includes(name) || target.endsWith(`/${name}.vue`)
  const absent = code.filter((name) => /^[\w$]+$/.test(name)).find((name) => !said(name))
  return absent ? `${href}: ${target} says nothing of ${absent}` : null
}

describe('links', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    expect(linksOf(read(page)).flatMap((link) => trouble(page, link) ?? [])).toEqual([])
  })
  it.each(pages)('of the pictures in %s too', (page) => {
    const pictures = [...read(page).matchAll(/<img src="([^"]+)"/g)].map(([, href]) => ({
      href: href!,
      text: '',
      code: [],
    }))
    expect(pictures.flatMap((link) => trouble(page, link) ?? [])).toEqual([])
  })
  it('that lead nowhere are found', () => {
    const broken = (markdown: string) => trouble('docs/spec.md', linksOf(markdown)[0]!)
    expect(broken('[x](gone.md)')).toContain('no docs/gone.md')
    expect(broken('[x](spec.md#no-such-heading)')).toContain('no heading')
    expect(broken('[x](../src/core/uuid.ts#L9999)')).toContain('lines')
    expect(broken('[`noSuchName`](../src/core/uuid.ts)')).toContain('noSuchName')
    expect(broken('[`uuidFrom`](../src/core/uuid.ts#L1)')).toBeNull()
  })
})

describe('the tour', () => {
  const stops = linksOf(read('docs/tour.md')).filter(({ href }) => href.startsWith('../src/'))
  /** Declared in the file, or what the whole file is. */
  const declares = (file: string, name: string) =>
    file.endsWith(`/${name}.vue`) ||
    new RegExp(`\\b(?:function|const|class|interface|type) ${name}\\b`).test(read(file))
  it('follows the alert from the form to the tally, and the failover', () => {
    expect(stops.length).toBeGreaterThan(20)
  })
  it.each(stops)('leads to where $code is made: $href', ({ href, code }) => {
    expect(code).not.toEqual([])
    expect(code.filter((name) => !declares(join('docs', href), name))).toEqual([])
  })
})

describe('pages that comments name', () => {
  const sources = [...filesBelow('src'), ...filesBelow('tests'), ...filesBelow('plan')]
  const named = sources.flatMap((file) =>
    [...read(file).matchAll(/\b(docs\/[\w/-]+\.md)(?:, "([^"\n]+)")?/g)].map(([, page, heading]) => ({
      file,
      page: page!,
      heading,
    })),
  )
  it('are there, and have the heading', () => {
    const wrong = named.filter(({ file, page, heading }) => {
      if (file.startsWith('tests/unit/repo/')) return false
      if (!existsSync(join(ROOT, page))) return true
      return heading !== undefined && !headingsOf(read(page)).includes(heading)
    })
    expect(wrong).toEqual([])
  })
})
