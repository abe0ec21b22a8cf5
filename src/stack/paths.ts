/** Where things are in this repository. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const DIST = join(ROOT, 'dist')
export const PLAN = join(ROOT, 'plan', 'agency.yaml')
export const CLI = join(ROOT, 'src', 'server', 'cli.ts')

/** A Node that runs TypeScript as it is: ours if it is new enough, else the one among the dev dependencies. */
export const NODE =
  Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : join(ROOT, 'node_modules', '.bin', 'node')
