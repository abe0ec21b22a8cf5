/**
 * People who have left the agency lose their devices. Rules KEEP-3 and KEEP-4: only what the homeserver says counts, twice,
 * and never what it does not say.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Deployment } from '../../core/deployment.ts'
import type { PersonId } from '../../core/ids.ts'
import { accountsOf, placeOf } from '../../core/leavers.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Clock } from '../clock.ts'
import type { Homeserver } from '../homeserver.ts'
import { reasonOf, type Log } from '../log.ts'
import type { DeviceRegister } from './register.ts'

/** Between the first and the second look, ms: what comes in pieces after a site's return is together by then. */
const AGAIN = 60_000
/** While something is still to be found out it is looked so often, ms. */
const LOOK = 5_000
/** How long a homeserver that was restored from a copy is not believed, ms. Until then it may tell of who has long come back. */
const DOUBT = 24 * 3600_000

/** When the homeserver was last found restored: kept on disk, for operators restart relays then. */
export interface RestoreLog {
  /** ms; null: never. */
  last(): number | null
  note(at: number): void
}

export function restoreLog(db: DatabaseSync): RestoreLog {
  const last = db.prepare('SELECT max(at) AS at FROM restored')
  const add = db.prepare('INSERT INTO restored (at) VALUES (?)')
  const clear = db.prepare('DELETE FROM restored')
  return {
    last() {
      const at = last.get()?.['at']
      return typeof at === 'number' ? at : null
    },
    note(at) {
      clear.run()
      add.run(at)
    },
  }
}

export interface Leavers {
  /** Whether this person is known to have left; false also while nothing can be said of anybody. */
  has(person: PersonId): boolean
  /** To be called when the bot has learned something. */
  consider(): void
  /** Looks also where nothing is new: somebody who has left may have registered while that could not be known. */
  look(): Promise<void>
  stop(): Promise<void>
}

interface Ports {
  deployment: () => Deployment
  knowledge: Pick<Knowledge, 'left'>
  /** Whether the bot follows its homeserver, and that has what every site has. */
  complete: () => boolean
  restores: Pick<RestoreLog, 'last'>
  homeserver: Pick<Homeserver, 'stateEvent'>
  register: Pick<DeviceRegister, 'ofPeople' | 'removeOf'>
  clock: Clock
  log: Log
}

export function createLeavers(ports: Ports): Leavers {
  const { deployment, knowledge, complete, restores, homeserver, register, clock, log } = ports
  /** Whoever has devices here and was seen as gone, and since when, ms. */
  const seen = new Map<PersonId, number>()
  /** What the last look went by. */
  let known: ReadonlySet<PersonId> | null = null
  let running: Promise<void> | null = null
  let stopped = false
  let cancel = () => {}

  function isBelieved(): boolean {
    const restored = restores.last()
    return complete() && (restored === null || clock.now() - restored >= DOUBT)
  }
  const left = (): ReadonlySet<PersonId> => (isBelieved() ? knowledge.left() : new Set())

  /** Asks the homeserver itself, past everything that was remembered of it. Throws HomeserverError. */
  async function saysSo(person: PersonId): Promise<boolean> {
    const { space } = deployment()
    const members = await Promise.all(
      accountsOf(deployment(), person).map((account) => homeserver.stateEvent(space, 'm.room.member', account)),
    )
    const places = members.map((member) => placeOf(member?.content['membership']))
    return places.includes('out') && !places.includes('in')
  }

  async function confirmed(people: PersonId[]): Promise<Set<PersonId>> {
    const gone = new Set<PersonId>()
    for (const person of people) if (await saysSo(person)) gone.add(person)
    // Meanwhile somebody may have come back, or the ground been lost.
    return gone.intersection(left())
  }

  async function judge(): Promise<void> {
    const now = clock.now()
    const gone = left()
    known = gone
    for (const person of seen.keys()) if (!gone.has(person)) seen.delete(person)
    if (!gone.size) return
    const people = new Set((await register.ofPeople(gone)).map((device) => device.person))
    for (const person of people) if (!seen.has(person)) seen.set(person, now)
    const due = [...people].filter((person) => now - seen.get(person)! >= AGAIN)
    const sure = await confirmed(due)
    if (sure.size) {
      const devices = await register.removeOf(sure)
      for (const person of sure) seen.delete(person)
      log.info({ people: sure.size, devices }, 'devices of people who have left were deleted')
    }
  }

  function look(): Promise<void> {
    cancel()
    running ??= judge()
      .catch((error: unknown) => log.warn({ reason: reasonOf(error) }, 'who has left cannot be asked; trying on'))
      .finally(() => {
        running = null
        // What was said while nothing could be believed is looked at as soon as it can.
        if ((seen.size || !isBelieved()) && !stopped) cancel = clock.after(LOOK, () => void look())
      })
    return running
  }

  return {
    has: (person) => left().has(person),
    consider() {
      if (!stopped && left() !== known) void look()
    },
    look,
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}
