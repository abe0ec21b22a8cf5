/**
 * `npm run size`: bytes of the built app against budgets, as they go over the wire (Brotli; 1 KB = 1000 bytes). Figures
 * go to stderr, `{ shell_br, install_br, sdk_br }` is the last line of stdout. Exit status 1 over budget.
 *
 * - shell: what the first visit needs before its first paint. Fonts come after it (`font-display: swap`).
 * - install: what the worker keeps on the device, without the Matrix SDK.
 * - sdk: `src/matrix` and the SDK, loaded after the first paint; what other parts of the app load too is theirs.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const BUDGETS = { shell_br: 170_000, install_br: 300_000, sdk_br: 240_000 }
type Figure = keyof typeof BUDGETS

/** Vite's manifest, as far as it is read: chunks by source path, or by `_name` where none is theirs. */
type Manifest = Record<
  string,
  { file: string; isEntry?: boolean; css?: string[]; imports?: string[]; dynamicImports?: string[] }
>

const isSdk = (key: string) => /^src\/matrix\/|\/(?:matrix-js-sdk|@matrix-org)\//.test(key)

/** Keys of the chunks that `keys` load, themselves included; `next` says what one of them leads to. */
function reach(manifest: Manifest, keys: string[], next: (key: string) => string[]): Set<string> {
  const seen = new Set<string>()
  const visit = (key: string): void => {
    if (seen.has(key) || !manifest[key]) return
    seen.add(key)
    next(key).forEach(visit)
  }
  keys.forEach(visit)
  return seen
}

const filesOf = (manifest: Manifest, keys: Iterable<string>) =>
  new Set([...keys].flatMap((key) => [manifest[key]!.file, ...(manifest[key]!.css ?? [])]))

/** What index.html asks for by itself, before any script runs. */
const linked = (html: string) =>
  [...html.matchAll(/<(?:script|link)\b[^>]*>/g)]
    .filter(([tag]) => tag.startsWith('<script') || /rel="?(stylesheet|modulepreload|preload)/.test(tag))
    .flatMap(([tag]) => /(?:src|href)="\/?([^"]+)"/.exec(tag)?.[1] ?? [])

/** Addresses that the build has written into the worker. Throws when there are none: then the worker keeps nothing. */
function precached(worker: string): string[] {
  const urls = [...worker.matchAll(/["'`]?\burl["'`]?:\s*["'`]([^"'`]+)["'`]/g)].map(([, url]) => url!)
  if (urls.length === 0) throw new Error('the worker of the build has no list of files to keep')
  return urls
}

/** Which files of the build each figure is made of. */
export function parts(dist: string): Record<Figure, Set<string>> {
  const read = (name: string) => readFileSync(join(dist, name), 'utf8')
  const manifest = JSON.parse(read('.vite/manifest.json')) as Manifest
  const imports = (key: string) => manifest[key]!.imports ?? []
  const all = (key: string) => [...imports(key), ...(manifest[key]!.dynamicImports ?? [])]
  const keys = Object.keys(manifest)
  const entries = keys.filter((key) => manifest[key]!.isEntry)

  const app = reach(manifest, entries, (key) => all(key).filter((next) => !isSdk(next)))
  const sdk = [...reach(manifest, keys.filter(isSdk), all)].filter((key) => !app.has(key))
  const shell = filesOf(manifest, reach(manifest, entries, imports))
  const sdk_br = filesOf(manifest, sdk)
  return {
    shell_br: new Set(['index.html', ...linked(read('index.html')), ...shell]),
    install_br: new Set(precached(read('sw.js')).filter((file) => !sdk_br.has(file))),
    sdk_br,
  }
}

/** Bytes of a file over the wire: compressed where the build has done so (text), as it is otherwise (pictures, fonts). */
function weigh(dist: string, file: string): number {
  const path = join(dist, file)
  return statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size
}

export function figures(dist: string): Record<Figure, number> {
  const sum = (files: Set<string>) => [...files].reduce((bytes, file) => bytes + weigh(dist, file), 0)
  const { shell_br, install_br, sdk_br } = parts(dist)
  return { shell_br: sum(shell_br), install_br: sum(install_br), sdk_br: sum(sdk_br) }
}

/** What breaks the promise, one sentence each. */
export function overweight(dist: string, of: Record<Figure, number>): string[] {
  const names = Object.keys(BUDGETS) as Figure[]
  const heavy = names.filter((name) => of[name] > BUDGETS[name])
  const files = readdirSync(dist, { recursive: true }).map(String)
  return [
    ...heavy.map((name) => `${name} is ${of[name]} bytes, ${of[name] - BUDGETS[name]} over its budget`),
    ...(of.sdk_br === 0 ? ['no chunk of the SDK was found: it is in the shell, or not in the build'] : []),
    ...files.filter((file) => file.endsWith('.wasm')).map((file) => `${file} is in the build: nothing encrypts yet`),
  ]
}

if (import.meta.main) {
  try {
    for (const [name, files] of Object.entries(parts('dist'))) {
      const sorted = [...files].map((file) => ({ file, bytes: weigh('dist', file) })).sort((a, b) => b.bytes - a.bytes)
      console.error(`${name}: budget ${BUDGETS[name as Figure]}`)
      for (const { file, bytes } of sorted) console.error(`${String(bytes).padStart(10)}  ${file}`)
    }
    const result = figures('dist')
    const trouble = overweight('dist', result)
    trouble.forEach((sentence) => console.error(sentence))
    console.log(JSON.stringify(result))
    process.exitCode = trouble.length > 0 ? 1 : 0
  } catch (error) {
    console.error(`The build cannot be weighed (npm run build makes it): ${(error as Error).message}`)
    process.exitCode = 1
  }
}
