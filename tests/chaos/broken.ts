/**
 * Builds of the app with a part of it switched off, for the run to prove that it would notice. Nothing of this is in the
 * shipped app: the parts are replaced while the build reads them.
 */
import { join } from 'node:path'
import { build, type Plugin } from 'vite'
import { ROOT } from '../../src/stack/paths.ts'

export const BREAKS = ['dedupe', 'persistence'] as const
export type Break = (typeof BREAKS)[number]

/** Of a module, what stands there and what takes its place. */
type Change = { module: string; part: string; by: string }

const CHANGES: Record<Break, Change[]> = {
  // Each attempt is another request to the homeserver, and nobody recognises copies, nor what comes back of an own one.
  dedupe: [
    { module: 'src/core/outbox.ts', part: '=> item.client_id', by: '=> `${item.client_id}.${item.attempts}`' },
    { module: 'src/core/timeline.ts', part: 'if (seen.has(key)) return false', by: '' },
    { module: 'src/app/engine/note-echoes.ts', part: 'clientIdOf(event) === item.client_id', by: 'false' },
  ],
  // The outbox lives as long as its window.
  persistence: [
    {
      module: 'src/main.ts',
      part: "import { openOutbox } from './platform/outbox.ts'",
      by: "import { memoryOutbox as openOutbox } from '../tests/fakes/memory-outbox.ts'",
    },
  ],
}

/** Throws when a part is not there: then nothing would be broken, and the proof would prove nothing. */
function breaking(changes: Change[]): Plugin {
  const open = new Set(changes)
  return {
    name: 'notanker:broken',
    enforce: 'pre',
    transform(code, id) {
      let text = code
      for (const change of changes) {
        if (id !== join(ROOT, change.module) || !text.includes(change.part)) continue
        text = text.replace(change.part, change.by)
        open.delete(change)
      }
      return text === code ? null : text
    },
    buildEnd(error) {
      if (!error && open.size) throw new Error(`nothing to break in ${[...open].map((c) => c.module).join(', ')}`)
    },
  }
}

export async function buildBroken(what: Break, folder: string): Promise<void> {
  const outDir = join(folder, 'app')
  // As `npm run build` has it: Vitest has named it test.
  process.env['NODE_ENV'] = 'production'
  await build({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    mode: 'production',
    logLevel: 'error',
    build: { outDir, emptyOutDir: true },
    plugins: [breaking(CHANGES[what])],
  })
}
