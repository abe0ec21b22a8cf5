import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { figures, overweight, parts } from '../../support/size.ts'

let dist: string
function put(name: string, content: string | number): void {
  const path = join(dist, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'number' ? Buffer.alloc(content) : content)
}

const MANIFEST = {
  'index.html': {
    file: 'assets/main.js',
    isEntry: true,
    css: ['assets/main.css'],
    imports: ['_vue.js'],
    dynamicImports: ['src/matrix/index.ts', 'src/app/screens/Books.vue'],
  },
  '_vue.js': { file: 'assets/vue.js' },
  '_shared.js': { file: 'assets/shared.js' },
  '_sdk.js': { file: 'assets/sdk.js' },
  'src/app/screens/Books.vue': { file: 'assets/books.js', imports: ['_shared.js'] },
  'src/matrix/index.ts': {
    file: 'assets/matrix.js',
    imports: ['_vue.js', '_shared.js', '_sdk.js'],
    dynamicImports: ['node_modules/matrix-js-sdk/lib/crypto.js'],
  },
  'node_modules/matrix-js-sdk/lib/crypto.js': { file: 'assets/crypto.js' },
}
const KEPT = [
  'index.html',
  'main.css',
  'vue.js',
  'main.js',
  'shared.js',
  'sdk.js',
  'books.js',
  'matrix.js',
  'crypto.js',
  'a.woff2',
]

beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'notanker-dist-'))
  put('.vite/manifest.json', JSON.stringify(MANIFEST))
  put('index.html', '<script type="module" src="/assets/main.js"></script><link rel="icon" href="/icon.svg">')
  const urls = KEPT.map((name) => (name === 'index.html' ? name : `assets/${name}`))
  put('sw.js', `keep([${urls.map((url) => `{url:"${url}",revision:null}`).join()}])`)
  for (const name of KEPT.slice(1)) put(`assets/${name}`, 1000)
  for (const name of ['index.html', ...KEPT.slice(1, -1).map((n) => `assets/${n}`)]) put(`${name}.br`, 100)
})
afterEach(() => rmSync(dist, { recursive: true }))

describe('bytes of the build', () => {
  it('takes the entry, its styles and its static imports for the shell', () => {
    const shell = ['index.html', 'assets/main.js', 'assets/main.css', 'assets/vue.js']
    expect(parts(dist).shell_br).toEqual(new Set(shell))
  })
  it('takes what only the SDK loads for the SDK', () => {
    expect(parts(dist).sdk_br).toEqual(new Set(['assets/matrix.js', 'assets/sdk.js', 'assets/crypto.js']))
  })
  it('weighs text compressed and fonts as they are', () => {
    expect(figures(dist)).toEqual({ shell_br: 400, install_br: 6 * 100 + 1000, sdk_br: 300 })
  })
  it('says what is over its budget', () => {
    put('assets/main.js.br', 170_000)
    expect(overweight(dist, figures(dist))).toEqual(['shell_br is 170300 bytes, 300 over its budget'])
  })
  it('lets no WebAssembly pass', () => {
    put('assets/crypto.wasm', 1)
    expect(overweight(dist, figures(dist))).toHaveLength(1)
  })
  it('takes a build without a chunk of the SDK for broken', () => {
    expect(overweight(dist, { shell_br: 1, install_br: 1, sdk_br: 0 })).toHaveLength(1)
  })
  it('takes a worker that keeps nothing for broken', () => {
    put('sw.js', 'keep([])')
    expect(() => figures(dist)).toThrow('no list of files')
  })
  it('takes a file that the worker keeps and the build has not for broken', () => {
    put('sw.js', 'keep([{url:"assets/gone.js"}])')
    expect(() => figures(dist)).toThrow('gone.js')
  })
})
