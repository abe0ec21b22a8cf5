/**
 * The completer: brings a declaration into every alert room and tells of it. It starts from what the rooms say, so it
 * goes on where a crash or a failing homeserver has cut it off, and completes what a manager has declared in one room
 * just as well. Its messages carry transaction ids made of incident and room: said again, they are the same event.
 * Rules SITE-14, SWITCH-9, SWITCH-10, SWITCH-13.
 */
import { alertMessage, type AlertContent } from '../../core/alert.ts'
import { siteById, type Deployment } from '../../core/deployment.ts'
import { TYPE, type RoomEvent } from '../../core/event.ts'
import {
  byMoment,
  incidentId,
  latestActiveSite,
  readActiveSite,
  readDrill,
  type ActiveSite,
  type KnownDeclaration,
} from '../../core/failover.ts'
import type { RoomId, SiteId } from '../../core/ids.ts'
import { stateOf, type AgencyRoom } from '../../core/room.ts'
import { alertOf } from '../../core/switch-alert.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Homeserver } from '../homeserver.ts'
import type { Log } from '../log.ts'
import { sha256, uuidOf } from '../sha256.ts'

type Type = typeof TYPE.activeSite | typeof TYPE.drill

export interface Completer {
  /** Throws HomeserverError; the next call goes on from there. */
  complete(known: KnownDeclaration, type: Type): Promise<void>
}

interface Ports {
  deployment: () => Deployment
  knowledge: Pick<Knowledge, 'rooms' | 'alert' | 'revisionIn' | 'proposal' | 'activeSite'>
  homeserver: Pick<Homeserver, 'stateEvent' | 'messages' | 'setState' | 'send'>
  log: Log
}

export function createCompleter({ deployment, knowledge, homeserver, log }: Ports): Completer {
  /** Rooms that this process is through with: the bot may not have seen its own words come back yet. */
  const said = new Set<string>()
  /** In the order of their ids: whoever declares begins with the same room. */
  const alertRooms = () => knowledge.rooms().filter((r) => r.kind === 'alert')
  const siteInUse = (): SiteId => knowledge.activeSite()?.declared.site ?? deployment().sites[0]!.id

  /** What an event of a room declares, if it counts. */
  function reading(room: AgencyRoom, event: RoomEvent | null | undefined, type: Type): ActiveSite | null {
    const declared = event && (type === TYPE.drill ? readDrill : readActiveSite)(room, event)
    return declared && siteById(deployment(), declared.site) ? declared : null
  }

  /** Where people were before, as far back as the rooms tell it; else at the first site of the file. */
  async function siteBefore(declared: ActiveSite): Promise<SiteId> {
    const rooms = alertRooms()
    const latest = (all: readonly (ActiveSite | null)[]) =>
      latestActiveSite(all.flatMap((one) => (one && one.since < declared.since ? one : [])))
    const standing = latest(rooms.map((room) => reading(room, stateOf(room.record, TYPE.activeSite), TYPE.activeSite)))
    if (standing) return standing.site
    const pasts = await Promise.all(rooms.map((room) => homeserver.messages(room.id, null, [TYPE.activeSite])))
    const past = latest(rooms.flatMap((room, i) => pasts[i]!.events.map((e) => reading(room, e, TYPE.activeSite))))
    return past?.site ?? deployment().sites[0]!.id
  }

  /** A manager may have said no more than where to: the rooms say where from. */
  async function whole(declared: ActiveSite, incident: string, type: Type): Promise<ActiveSite & { incident: string }> {
    if (declared.from !== undefined) return { ...declared, incident }
    // Where a crash came between, rooms that are through already say it in full.
    const copies = alertRooms().flatMap((room) => reading(room, stateOf(room.record, type), type) ?? [])
    const full = copies.find((copy) => byMoment(copy, declared) === 0 && copy.from !== undefined)
    // In a drill nobody has moved: people are where they were.
    const from = full?.from ?? (type === TYPE.drill ? siteInUse() : await siteBefore(declared))
    return { ...declared, incident, from }
  }

  function telling(declared: ActiveSite & { incident: string }, at: number): AlertContent | null {
    const told = alertOf(deployment(), declared, {
      rooms: knowledge.rooms(),
      proposed: knowledge.proposal()?.proposal.incident,
      wrong: declared.corrects === undefined ? null : knowledge.alert(declared.corrects),
      at,
    })
    if (told?.broken !== undefined)
      log.warn({ template: told.kind, reason: told.broken }, 'the template cannot be used: the default says it')
    return told?.alert ?? null
  }

  /** Of two declarations at once a room keeps one by its servers' clocks: it may be the earlier one (SITE-14). */
  function isOvertaken(room: AgencyRoom, declared: ActiveSite, type: Type): boolean {
    const shown = reading(room, stateOf(room.record, type), type)
    return shown !== null && byMoment(shown, declared) < 0
  }

  const keyOf = ({ since }: ActiveSite, incident: string, type: Type, room: RoomId) =>
    `${type} ${incident} ${since} ${room}`

  async function completeRoom(
    room: AgencyRoom,
    declared: ActiveSite & { incident: string },
    at: number,
    type: Type,
  ): Promise<void> {
    const { incident } = declared
    // The bot may lag: what the homeserver has now is what would be replaced.
    const there = reading(room, await homeserver.stateEvent(room.id, type), type)
    const order = there ? byMoment(there, declared) : -1
    // A later one is never undone; it is completed when the bot has heard of it.
    if (order > 0) return
    if (order < 0) await homeserver.setState(room.id, type, '', declared)
    const alert = telling(declared, at)
    if (alert && knowledge.revisionIn(room.id, alert.id) < alert.rev) {
      const client = await uuidOf(`${incident}${alert.rev === 0 ? '' : ` ${alert.rev}`} ${room.id}`)
      await homeserver.send(room.id, 'm.room.message', alertMessage(alert, client), client)
      log.info(
        { alert: alert.id, rev: alert.rev, room: room.id, drill: type === TYPE.drill },
        'alert of the switch sent',
      )
    }
    said.add(keyOf(declared, incident, type, room.id))
  }

  return {
    /** One room that fails holds up no other; its error is thrown when all have been tried. */
    async complete({ declared, at }, type) {
      const incident = declared.incident ?? (await incidentId(sha256, String(declared.since), '', declared.site))
      const rooms = alertRooms().filter(
        (room) => !said.has(keyOf(declared, incident, type, room.id)) || isOvertaken(room, declared, type),
      )
      if (rooms.length === 0) return
      const content = await whole(declared, incident, type)
      const results = await Promise.allSettled(rooms.map((room) => completeRoom(room, content, at, type)))
      for (const result of results) if (result.status === 'rejected') throw result.reason
    },
  }
}
