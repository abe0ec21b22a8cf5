/** Plans beside the demo's, and the command that provisions by them as an operator runs it. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parse, stringify } from 'yaml'
import type { Plan } from '../../src/server/provision/index.ts'
import type { DemoFile } from '../../src/stack/demo-file.ts'
import { PLAN } from '../../src/stack/paths.ts'

/** As much of a plan file as tests change. */
export type PlanFile = Pick<Plan, 'people' | 'rooms'> & Record<string, unknown>

/** A folder with the demo's plan for sites that run already, as an operator has it. */
export async function planFolder(sites: DemoFile['sites']) {
  const folder = await mkdtemp(join(tmpdir(), 'notanker-plan-'))
  const path = join(folder, 'plan.yaml')
  const entries = sites.map(({ id, server_name, homeserver }) => {
    return { id, name: id, server_name, homeserver, registration_shared_secret_file: id }
  })
  for (const site of sites) await writeFile(join(folder, site.id), site.registration_shared_secret)
  return {
    path,
    /** The demo's plan, changed. */
    async write(change: (plan: PlanFile) => void): Promise<void> {
      const plan = parse(await readFile(PLAN, 'utf8')) as PlanFile & { playbooks: { file: string }[] }
      for (const book of plan.playbooks) book.file = resolve(dirname(PLAN), book.file)
      change(plan)
      await writeFile(path, stringify({ ...plan, messages: [], sites: entries }))
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  }
}

export interface Provisioning {
  /** The exit status; null: it was killed. */
  code: number | null
  lines: string[]
}

/** `notanker provision`. `saw` gets each line that it writes to stderr, and may kill it. */
export async function runProvision(
  path: string,
  { args = [], saw = () => {} }: { args?: string[]; saw?: (lines: number, kill: () => void) => void } = {},
): Promise<Provisioning> {
  const child = spawn(process.execPath, ['src/server/cli.ts', 'provision', path, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  createInterface(child.stderr).on('line', (line) => saw(lines.push(line), () => child.kill('SIGKILL')))
  const closed = Promise.withResolvers<number | null>()
  child.on('close', closed.resolve)
  return { code: await closed.promise, lines }
}
