/** The lint itself: what it forbids is forbidden, however it is written. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../../src/stack/paths.ts'

/** Without the rules that would read the whole project for one line. */
const quick = {
  languageOptions: { parserOptions: { projectService: false } },
  rules: {
    'import-x/no-cycle': 'off',
    '@typescript-eslint/no-floating-promises': 'off',
    '@typescript-eslint/no-misused-promises': 'off',
    '@typescript-eslint/switch-exhaustiveness-check': 'off',
  },
} as const
const eslint = new ESLint({ cwd: ROOT, overrideConfig: [{ files: ['**/*.ts', '**/*.vue'], ...quick }] })

const IMPORTS = ['import-x/no-restricted-paths', 'no-restricted-imports', 'no-restricted-syntax']

/** How often the line breaks a rule about imports, were it in that file. */
async function broken(file: string, line: string): Promise<number> {
  const text = file.endsWith('.vue') ? `<script setup lang="ts">\n${line}\n</script>\n` : `${line}\n`
  const [result] = await eslint.lintText(text, { filePath: join(ROOT, file) })
  if (!result || result.fatalErrorCount) throw new Error(result?.messages[0]?.message ?? 'not linted')
  return result.messages.filter(({ ruleId }) => IMPORTS.includes(ruleId ?? '')).length
}

const forbidden: [file: string, line: string][] = [
  ['src/core/uuid.ts', "import '../platform/clock.ts'"],
  ['src/core/uuid.ts', "import type { Ref } from 'vue'"],
  ['src/core/uuid.ts', "import 'node:fs'"],
  ['src/core/uuid.ts', "export const later = () => import('idb')"],
  ['src/core/uuid.ts', 'export const now = () => import(`../app/now.ts`)'],
  ['src/core/uuid.ts', "export type Draft = import('../app/views.ts').Draft"],
  ['src/matrix/silence.ts', "import '../app/now.ts'"],
  ['src/platform/clock.ts', "import '../matrix/index.ts'"],
  ['src/app/App.vue', "import { systemClock } from '../platform/clock.ts'"],
  ['src/app/App.vue', "const later = () => import('../platform/clock.ts')"],
  ['src/app/App.vue', 'const later = () => import(`../platform/clock.ts`)'],
  ['src/app/App.vue', "const later = () => import('matrix-js-sdk')"],
  ['src/app/App.vue', "import { createClient } from 'matrix-js-sdk'"],
  ['src/app/App.vue', "const all = import.meta.glob('../platform/*.ts')"],
  ['src/app/start.ts', "export * from '../main.ts'"],
  ['src/app/start.ts', "export { openMatrix } from '../matrix/index.ts'"],
  ['src/sw/click.ts', "import '../app/now.ts'"],
  ['src/sw/click.ts', "import 'matrix-js-sdk/lib/logger.js'"],
  ['src/server/log.ts', "import '../stack/paths.ts'"],
  ['src/server/log.ts', "export const later = () => import('../platform/clock.ts')"],
  ['src/stack/paths.ts', "import '../app/now.ts'"],
  ['src/main.ts', "import './server/log.ts'"],
]

const allowed: [file: string, line: string][] = [
  ['src/core/uuid.ts', "import * as v from 'valibot'"],
  ['src/matrix/silence.ts', "import 'matrix-js-sdk'"],
  ['src/app/App.vue', "import { textOf } from '../core/alert.ts'"],
  ['src/app/App.vue', "const later = () => import('./screens/rooms/RoomScreen.vue')"],
  ['src/sw/click.ts', "import '../platform/inbox.ts'"],
  ['src/stack/paths.ts', "import '../server/log.ts'"],
  ['src/main.ts', "export const later = () => import('./matrix/index.ts')"],
]

describe('imports go one way', { timeout: 60_000 }, () => {
  it.each(forbidden)('%s may not say %s', async (file, line) => {
    expect(await broken(file, line)).toBeGreaterThan(0)
  })
  it.each(allowed)('%s may say %s', async (file, line) => {
    expect(await broken(file, line)).toBe(0)
  })
  it.each(readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory()))(
    'src/$name has its rule',
    async ({ name }) => {
      const [file] = readdirSync(join(ROOT, 'src', name)).filter((f) => f.endsWith('.ts'))
      expect(await broken(`src/${name}/${file}`, "import '../main.ts'")).toBeGreaterThan(0)
    },
  )
})
