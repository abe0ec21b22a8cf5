import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const project = (name: string, more: object = {}, plugins: unknown[] = []) => ({
  plugins: plugins as [],
  define: { __APP_VERSION__: '"test"' },
  test: { name, include: [`tests/${name}/**/*.test.ts`], ...more },
})
/** Real servers and browsers: one file at a time, generous limits that only a hang reaches. */
const real = { fileParallelism: false, testTimeout: 240_000, hookTimeout: 600_000, maxWorkers: 1 }
/** Servers alone mostly wait: two files at a time. Beside browsers there is no processor left for that. */
const servers = { ...real, fileParallelism: true, maxWorkers: 2 }

export default defineConfig({
  test: {
    projects: [
      project('unit', {}, [vue()]),
      project('contract'),
      project('simulation', { testTimeout: 180_000 }),
      project('integration', servers),
      project('e2e', { ...real, globalSetup: 'tests/support/e2e-setup.ts' }),
      // Too long for every change: `npm run test:long`.
      project('long', real),
      project('chaos', { ...real, testTimeout: 900_000 }),
    ],
  },
})
