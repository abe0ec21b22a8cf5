/** Provisions a deployment on this machine, or finds that it is done already: a second start has to be quick. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RoomId } from '../core/ids.ts'
import { Homeserver } from '../server/homeserver.ts'
import { provision, tokenFile, type Plan, type Provisioned, type ProvisionSite } from '../server/provision/index.ts'
import { Trouble } from '../server/trouble.ts'
import { writeWhole } from './write-file.ts'

export interface Inputs {
  dir: string
  keys: string
  plan: Plan
  sites: readonly ProvisionSite[]
  passwords: Readonly<Record<string, string>>
  log: (line: string) => void
}

export interface Rooms {
  space: RoomId
  rooms: Provisioned['rooms']
}

interface Kept extends Rooms {
  hash: string
}

/** Raise when provisioning the same plan gives something else than before. */
const EDITION = 1

function hashOf({ plan, sites, passwords }: Inputs): string {
  const servers = sites.map((s) => [s.id, s.server_name])
  return createHash('sha256')
    .update(JSON.stringify([EDITION, plan, servers, passwords]))
    .digest('hex')
}

/** Whether the bot of a site still has its session and is in every room. */
async function holds(site: ProvisionSite, keys: string, { space, rooms }: Rooms): Promise<boolean> {
  try {
    const token = await readFile(tokenFile(keys, site), 'utf8')
    const joined = new Set(await new Homeserver(site.homeserver, token.trim()).joinedRooms())
    return [space, ...rooms.map((room) => room.id)].every((id) => joined.has(id))
  } catch {
    return false
  }
}

async function kept(file: string, inputs: Inputs): Promise<Rooms | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  const found = text === null ? null : (JSON.parse(text) as Kept)
  if (found?.hash !== hashOf(inputs)) return null
  const checks = await Promise.all(inputs.sites.map((site) => holds(site, inputs.keys, found)))
  return checks.every(Boolean) ? found : null
}

export async function ensureProvisioned(inputs: Inputs): Promise<Rooms> {
  const file = join(inputs.dir, 'provisioned.json')
  // The whole diff of a first start is long; what is left for a person to decide is not.
  const notes = (line: string) => void (line.startsWith('?') && inputs.log(line))
  const before = await kept(file, inputs)
  if (before) return before
  const { space, rooms, changes, steps } = await provision(inputs.plan, inputs.sites, { ...inputs, log: notes })
  if (!space) throw new Trouble('Provisioning made no space.')
  inputs.log(`provisioned: ${changes.length} changes (${steps.map((s) => `${s.name} ${s.ms} ms`).join(', ')})`)
  await writeWhole(file, JSON.stringify({ hash: hashOf(inputs), space, rooms } satisfies Kept))
  return { space, rooms }
}
