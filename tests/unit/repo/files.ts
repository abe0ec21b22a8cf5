/** The repository's own files, as a clone has them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { ROOT } from '../../../src/stack/paths.ts'

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Folders that git ignores, by name; the file's lines are plain names and patterns of file names. */
const ignored = new Set([
  '.git',
  ...read('.gitignore')
    .split('\n')
    .filter((line) => line.endsWith('/'))
    .map((line) => line.slice(0, -1)),
])

/** Paths from the repository's root of all files below a folder, sorted. A folder that is not there throws. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true })
  return entries
    .flatMap((entry) => {
      if (entry.isDirectory()) return ignored.has(entry.name) ? [] : filesBelow(join(folder, entry.name))
      return entry.name.endsWith('.tsbuildinfo') ? [] : [normalize(join(folder, entry.name))]
    })
    .toSorted()
}
