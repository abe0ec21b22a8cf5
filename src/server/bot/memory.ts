/**
 * What the bot knows of the agency: rooms, members, alerts of the last week, answers registered in the last two days.
 * All of it is in memory: the homeserver is what remembers, a relay that starts reads it again.
 */
import { foldAlerts, isAlarm, readAlert, type Alert, type AlertRevision } from '../../core/alert.ts'
import type { Deployment } from '../../core/deployment.ts'
import { TYPE, type RoomEvent } from '../../core/event.ts'
import {
  latestDeclaration,
  readActiveSite,
  readDrill,
  type ActiveSite,
  type KnownDeclaration,
} from '../../core/failover.ts'
import type { AlertId, EventId, PersonId, RoomId } from '../../core/ids.ts'
import { peopleWhoLeft } from '../../core/leavers.ts'
import { proposalIn, type KnownProposal } from '../../core/proposal.ts'
import { ALERT_MEMORY } from '../../core/relay.ts'
import { readTally, type TallyContent } from '../../core/response.ts'
import {
  agencyRooms,
  maySend,
  peopleOf,
  spaceChildren,
  stateKey,
  stateOf,
  type AgencyRoom,
  type RoomRecord,
} from '../../core/room.ts'
import type { SyncAnswer } from './sync.ts'

const HOUR = 3600_000
/** How far back the bot reads, ms, by kind of room. Phones keep an answer for a day. */
export const HORIZON = { alert: ALERT_MEMORY, lage: 48 * HOUR } as const

/** What the rest of the relay may ask. */
export interface Knowledge {
  /** Rooms of the agency that the bot is in, by id. The space is not among them. */
  rooms(): AgencyRoom[]
  alerts(): Alert[]
  alert(id: AlertId): Alert | null
  /** The highest revision of an alert that stands in a room; -1: none. */
  revisionIn(room: RoomId, id: AlertId): number
  /** The people of a room; the same set until state of the room has changed. */
  people(room: RoomId): ReadonlySet<PersonId>
  /** The people of an alert's rooms (ANSWER-4, PUSH-4). */
  audience(alert: Alert): ReadonlySet<PersonId>
  /** Who has answered an alert, whatever they said, and whether or not it could be registered. */
  answered(id: AlertId): ReadonlySet<PersonId>
  /** Who has left the agency (KEEP-3); the same set until something of it has changed. */
  left(): ReadonlySet<PersonId>
  /** Whether a response with this id stands in a tally. */
  isRegistered(id: string): boolean
  activeSite(): KnownDeclaration | null
  /** The newest switch that is only practised. */
  drill(): KnownDeclaration | null
  /** The proposal that stands in the Lage room, whatever became of it. */
  proposal(): KnownProposal | null
}

export interface Memory extends Knowledge {
  take(answer: SyncAnswer, first: boolean): void
  /** Takes events of a room's past; true when all of them were known. */
  takePast(room: AgencyRoom, events: readonly RoomEvent[]): boolean
  /** Alerts that stand in no room yet (LAST-3). */
  takeAlarm(revisions: readonly AlertRevision[]): void
  /** Notes responses that the homeserver has just taken, before they come back by sync. */
  noteRegistered(ids: readonly string[], now: number): void
  /** Somebody has answered, and the homeserver has not taken it: they are not asked again, and it stands in no tally (LAST-6). */
  noteAnswered(alert: AlertId, person: PersonId, now: number): void
  /** The homeserver was restored from a copy: what was registered may be gone there, and is said anew. */
  doubtRegistered(): void
  forget(now: number): void
  /** Rooms that the space names, with the servers to join them through. */
  children(): { id: RoomId; via: string[] }[]
  hasSpace(): boolean
}

/** `lastSeen`: the people of a room as they were before the process began; it counts until the homeserver has told of the rooms. */
export function createMemory(
  deployment: () => Deployment,
  lastSeen: (room: RoomId) => readonly PersonId[] | null = () => null,
): Memory {
  let records = new Map<RoomId, RoomRecord & { state: Map<string, RoomEvent> }>()
  let rooms: AgencyRoom[] = []
  let alerts = new Map<AlertId, Alert>()
  const revisions = new Map<EventId, AlertRevision>()
  const registered = new Map<string, number>()
  const answers = new Map<AlertId, { people: Set<PersonId>; at: number }>()
  const seen = new Map<EventId, number>()
  /**
   * State that stands no more. Where two sites write at the same time Synapse gives with the event of one branch the state
   * before it, in which what the other branch has changed is still as it was (MSC4222).
   */
  const replaced = new Set<EventId>()
  /** The latest that each room has ever declared: of two at once the room itself keeps one, by its servers' clocks. */
  const newest = new Map<RoomId, KnownDeclaration>()
  const people = new Map<RoomId, { of: Deployment; set: ReadonlySet<PersonId> }>()
  let left: { of: Deployment; set: ReadonlySet<PersonId> } | null = null

  function note(room: AgencyRoom, event: RoomEvent): boolean {
    if (seen.has(event.event_id)) return false
    seen.set(event.event_id, event.origin_server_ts)
    const alert = readAlert(room, event)
    if (alert) revisions.set(event.event_id, alert)
    if (room.kind === 'lage' && event.type === TYPE.tally && maySend(room.record, event.sender, TYPE.tally)) {
      const tally = readTally(event)
      if (tally) noteTally(tally, event.origin_server_ts)
    }
    return true
  }

  function noteTally({ alert, entries }: TallyContent, at: number): void {
    for (const { id, person } of entries) {
      registered.set(id, at)
      noteAnswered(alert, person, at)
    }
  }

  function noteAnswered(alert: AlertId, person: PersonId, at: number): void {
    const { people } = answers.get(alert) ?? { people: new Set() }
    answers.set(alert, { people: people.add(person), at })
  }

  const hasSpace = () => records.has(deployment().space)

  /** Only of rooms that are the agency's now: a room taken out of the space takes its alerts with it. */
  function fold(): void {
    const ids = new Set(rooms.map((r) => r.id))
    const isOurs = hasSpace() ? (id: RoomId) => ids.has(id) : (id: RoomId) => lastSeen(id) !== null
    const folded = foldAlerts([...revisions.values()].filter((r) => isOurs(r.room_id)))
    alerts = new Map(folded.map((a) => [a.id, a]))
  }

  function noteDeclarations({ joined }: SyncAnswer): void {
    for (const { id, state, timeline } of joined) {
      const room = rooms.find((r) => r.id === id)
      const before = newest.get(id)
      const all = room ? [...state, ...timeline].flatMap((event) => known(event, readActiveSite(room, event))) : []
      const latest = latestDeclaration(deployment(), before ? [before, ...all] : all)
      if (latest) newest.set(id, latest)
    }
  }

  function peopleIn(id: RoomId): ReadonlySet<PersonId> {
    const current = deployment()
    const record = records.get(id)
    if (!record && !hasSpace()) return new Set(lastSeen(id))
    const cached = people.get(id)
    if (cached?.of === current) return cached.set
    const set = new Set(record ? peopleOf(current, record).map((m) => m.person) : [])
    people.set(id, { of: current, set })
    return set
  }

  const known = ({ origin_server_ts: at }: RoomEvent, declared: ActiveSite | null): KnownDeclaration[] =>
    declared ? [{ declared, at }] : []

  /** What stands in the rooms of one kind of declaration. */
  const standing = (type: string, read: typeof readActiveSite): KnownDeclaration[] =>
    rooms.flatMap((room) => {
      const event = stateOf(room.record, type)
      return event ? known(event, read(room, event)) : []
    })

  return {
    take(answer, first) {
      if (first) {
        records = new Map()
        replaced.clear()
        people.clear()
        seen.clear()
      }
      if (first || answer.left.length) left = null
      for (const id of answer.left) records.delete(id)
      for (const { id, state, timeline } of answer.joined) {
        const record = records.get(id) ?? { id, state: new Map<string, RoomEvent>(), timeline: [] }
        records.set(id, record)
        const news = state.filter((event) => !replaced.has(event.event_id))
        for (const event of [...news, ...timeline]) {
          if (event.state_key === undefined) continue
          const key = stateKey(event.type, event.state_key)
          const before = record.state.get(key)?.event_id
          if (before !== undefined && before !== event.event_id) replaced.add(before)
          record.state.set(key, event)
          people.delete(id)
          if (event.type === 'm.room.member' || event.type === 'm.space.child') left = null
        }
      }
      rooms = agencyRooms(deployment().space, records).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      for (const room of rooms) {
        for (const event of answer.joined.find((j) => j.id === room.id)?.timeline ?? []) note(room, event)
      }
      fold()
      noteDeclarations(answer)
    },
    takePast(room, events) {
      const fresh = events.filter((event) => note(room, event))
      if (fresh.length) fold()
      return fresh.length === 0
    },
    takeAlarm(all) {
      for (const revision of all) revisions.set(revision.event_id, revision)
      fold()
    },
    noteRegistered(ids, now) {
      for (const id of ids) registered.set(id, now)
    },
    noteAnswered,
    doubtRegistered() {
      registered.clear()
    },
    forget(now) {
      for (const [id, at] of registered) if (now - at > HORIZON.lage) registered.delete(id)
      for (const [id, { at }] of answers) if (now - at > HORIZON.lage) answers.delete(id)
      for (const [id, at] of seen) if (now - at > HORIZON.alert) seen.delete(id)
      for (const [id, { at }] of revisions) if (now - at > HORIZON.alert) revisions.delete(id)
      fold()
    },
    children() {
      const space = records.get(deployment().space)
      return space ? spaceChildren(space) : []
    },
    hasSpace,
    rooms: () => rooms,
    alerts: () => [...alerts.values()],
    alert: (id) => alerts.get(id) ?? null,
    revisionIn: (room, id) =>
      [...revisions.values()].reduce(
        (rev, r) => (r.room_id === room && r.content.id === id && !isAlarm(r) ? Math.max(rev, r.content.rev) : rev),
        -1,
      ),
    people: peopleIn,
    audience: (alert) => new Set(alert.rooms.flatMap((id) => [...peopleIn(id)])),
    answered: (id) => answers.get(id)?.people ?? new Set(),
    left() {
      const current = deployment()
      if (left?.of !== current) left = { of: current, set: peopleWhoLeft(current, records) }
      return left.set
    },
    isRegistered: (id) => registered.has(id),
    activeSite: () =>
      latestDeclaration(deployment(), [
        ...standing(TYPE.activeSite, readActiveSite),
        ...rooms.flatMap(({ id }) => newest.get(id) ?? []),
      ]),
    drill: () => latestDeclaration(deployment(), standing(TYPE.drill, readDrill)),
    proposal: () => proposalIn(rooms),
  }
}
