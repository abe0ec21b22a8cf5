/** Real Synapses, two if not asked for three, with the demo's people and rooms, without the app, and without relays if not asked for. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RoomId } from '../../src/core/ids.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import type { DemoFile } from '../../src/stack/demo-file.ts'
import { startDeployment, type DeploymentOptions, type RunningDeployment } from '../../src/stack/deployment.ts'
import type { DemoSiteId } from '../../src/stack/ports.ts'
import { freeBase } from './ports.ts'
import { botOf } from './rest.ts'

/** Servers that run, and what the demo has put into them. */
export interface Servers {
  running: RunningDeployment
  demo: DemoFile
  site(id: DemoSiteId): DemoFile['sites'][number]
  room(title: string): RoomId
  /** The rooms of a person, the space first. */
  roomsOf(person: string): RoomId[]
  password(person: string): string
  /** The account that provisions a site; it is an admin there. */
  bot(id: DemoSiteId): Promise<Homeserver>
}

/** Of servers with the folder `data`. */
export function serversOf(data: string, running: RunningDeployment): Servers {
  const demo = running.describe()
  const site: Servers['site'] = (id) => demo.sites.find((s) => s.id === id)!
  const account = (person: string) => demo.accounts.find((a) => a.person === person)!
  return {
    running,
    demo,
    site,
    room: (title) => demo.rooms.find((room) => room.title === title)!.room_id,
    roomsOf: (person) => [demo.space, ...account(person).rooms],
    password: (person) => account(person).password,
    bot: (id) => botOf(data, site(id)),
  }
}

export interface Pair extends Servers {
  stop(): Promise<void>
}

export async function startPair(more: Partial<DeploymentOptions> = {}): Promise<Pair> {
  const data = await mkdtemp(join(tmpdir(), 'notanker-pair-'))
  const clear = () => rm(data, { recursive: true, force: true })
  try {
    const running = await startDeployment({ data, port: await freeBase(), withApp: false, relays: false, ...more })
    return {
      ...serversOf(data, running),
      async stop() {
        await running.stop()
        await clear()
      },
    }
  } catch (error) {
    await clear()
    throw error
  }
}
