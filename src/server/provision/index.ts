/** `notanker provision plan.yaml [--dry-run]`, and what the embedded deployment uses of it. */
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Trouble } from '../trouble.ts'
import type { ProvisionSite } from './desired.ts'
import { loadPlan, type PlanSite } from './plan.ts'
import { provision } from './provision.ts'

export { botsOf, type ProvisionSite } from './desired.ts'
export { tokenFile } from './bot.ts'
export { loadPlan, membersOf, type Plan } from './plan.ts'
export { provision, type Provisioned } from './provision.ts'

async function withSecret(site: PlanSite, index: number, file: string): Promise<ProvisionSite> {
  const { registration_shared_secret_file: name, homeserver, ...rest } = site
  const path = resolve(dirname(file), name)
  const secret = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Trouble(`${file}: sites.${index}.registration_shared_secret_file: cannot read ${path}`, cause)
  })
  return { ...rest, homeserver: homeserver.replace(/\/+$/, ''), registration_shared_secret: secret.trim() }
}

/**
 * The command. A plan for a real deployment carries `sites: [{ id, name, server_name, homeserver,
 * registration_shared_secret_file }]`, in the deployment file's order; paths are relative to the plan. The bots' tokens go
 * to `keys/` beside it. The diff goes to stderr, `{ space, rooms, changes }` as one JSON object to stdout: `space` belongs
 * into the deployment file.
 */
export async function runProvision(argv: string[]): Promise<void> {
  const dryRun = argv.includes('--dry-run')
  const [file, ...rest] = argv.filter((arg) => arg !== '--dry-run')
  if (!file || rest.length) throw new Trouble('Usage: notanker provision plan.yaml [--dry-run]')
  const plan = await loadPlan(file)
  if (!plan.sites) throw new Trouble(`${file}: sites: is missing; provisioning needs the homeserver of each site`)
  const sites = await Promise.all(plan.sites.map((site, i) => withSecret(site, i, file)))
  const log = (line: string) => void process.stderr.write(`${line}\n`)
  const { space, rooms, changes, steps } = await provision(plan, sites, {
    keys: join(dirname(file), 'keys'),
    dryRun,
    log,
  })
  for (const { name, ms } of steps) log(`  ${name}: ${ms} ms`)
  log(changes.length ? `${changes.length} ${dryRun ? 'changes to make' : 'changes made'}` : 'nothing to change')
  const ids = rooms.map(({ key, id, kind, title }) => ({ key, room_id: id, kind, title }))
  process.stdout.write(`${JSON.stringify({ space, rooms: ids, changes: changes.length })}\n`)
}
