/** `demo.json`: where everything of a running deployment is, for scripts (docs/operate.md, "The demo, for scripts"). */
import type { RoomId } from '../core/ids.ts'
import type { RoomKind } from '../core/room.ts'
import type { Plan, Provisioned } from '../server/provision/index.ts'
import type { Site } from './site.ts'
import { writeWhole } from './write-file.ts'

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

export interface DemoRecord {
  /** Writes the file from now on; the first time at once. */
  begin(describe: () => DemoFile): Promise<void>
  /** Writes the file anew, if it was begun; the line is for the log. */
  changed(line: string | null): void
  save(): Promise<void>
}

/** Keeps `demo.json` true while processes come and go. */
export function createRecord(file: string, log: (line: string) => void): DemoRecord {
  let describe: (() => DemoFile) | null = null
  let saving = Promise.resolve()
  const save = () => {
    saving = saving.then(async () => {
      if (describe) await writeWhole(file, `${JSON.stringify(describe(), null, 2)}\n`)
    })
    return saving
  }
  return {
    save,
    begin(from) {
      describe = from
      return save()
    },
    changed(line) {
      if (line) log(line)
      void save()
    },
  }
}
