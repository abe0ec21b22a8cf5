/** `demo.json`: where everything of a running deployment is, for scripts (docs/operate.md, "The demo, for scripts"). */
import type { RoomId } from '../core/ids.ts'
import type { RoomKind } from '../core/room.ts'
import type { Plan, Provisioned } from '../server/provision/index.ts'
import type { Site } from './site.ts'

export interface DemoFile {
  v: 1
  url: string
  /** A process id is null while the part is dead. */
  sites: {
    id: string
    server_name: string
    homeserver: string
    relay: string
    pid: { homeserver: number | null; relay: number | null }
    registration_shared_secret: string
  }[]
  witness: { url: string; pid: number | null }
  space: RoomId
  rooms: { room_id: RoomId; kind: RoomKind; title: string }[]
  accounts: { person: string; name: string; password: string; role: 'staff' | 'manager'; rooms: RoomId[] }[]
  steps: Step[]
}

export interface Step {
  name: string
  ms: number
}

export function siteEntry(site: Site): DemoFile['sites'][number] {
  const { id, homeserver, relay, provision } = site
  return {
    id,
    server_name: provision.server_name,
    homeserver,
    relay,
    pid: { homeserver: site.pid('homeserver'), relay: site.pid('relay') },
    registration_shared_secret: provision.registration_shared_secret,
  }
}

export function accountEntries(
  plan: Plan,
  rooms: Provisioned['rooms'],
  passwords: Readonly<Record<string, string>>,
): DemoFile['accounts'] {
  return plan.people.map(({ person, name, role }) => ({
    person,
    name,
    password: passwords[person]!,
    role,
    rooms: rooms.filter((room) => room.people.includes(person)).map((room) => room.id),
  }))
}
