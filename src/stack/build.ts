/** Builds the app where `dist/` is missing or older than what it is made of. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Trouble } from '../server/trouble.ts'
import { run } from './command.ts'
import { DIST, ROOT } from './paths.ts'

const SOURCES = [
  ...['src/app', 'src/core', 'src/matrix', 'src/platform', 'src/sw', 'src/main.ts'],
  ...['public', 'index.html', 'vite.config.ts', 'package.json', 'package-lock.json'],
]

/** When the newest file below a path was changed, ms; 0 when there is none. */
async function newest(path: string): Promise<number> {
  const found = await stat(path).catch(() => null)
  if (!found) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const entries = await readdir(path)
  return Math.max(0, ...(await Promise.all(entries.map((name) => newest(join(path, name))))))
}

/** Throws Trouble when the app does not build. */
export async function ensureBuilt(log: (line: string) => void): Promise<void> {
  const built = await stat(join(DIST, 'index.html')).catch(() => null)
  const changed = Math.max(...(await Promise.all(SOURCES.map((source) => newest(join(ROOT, source))))))
  if (built && built.mtimeMs >= changed) return
  log('building the app')
  const { status, output } = await run('npm', ['run', 'build'], ROOT)
  if (status === 127) throw new Trouble('The app has to be built first, and npm was not found.')
  if (status !== 0) {
    const why = output.split('\n').find((line) => /error/i.test(line)) ?? ''
    throw new Trouble(`The app does not build; npm run build says why (${why.trim()}).`)
  }
}
