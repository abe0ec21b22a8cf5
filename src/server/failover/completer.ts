/**
 * The completer: brings a declaration into every alert room and tells of it. It starts from what the rooms say, so it
 * goes on where a crash or a failing homeserver has cut it off, and completes what a manager has declared in one room
 * just as well. Its messages carry transaction ids made of incident and room: said again, they are the same event.
 * Rules SITE-14, SWITCH-9, SWITCH-10, SWITCH-13.
 */
import { alertMessage, type AlertContent } from '../../core/alert.ts'
import type { Deployment } from '../../core/deployment.ts'
import { TYPE } from '../../core/event.ts'
import { incidentId, moveOf, readActiveSite, readDrill, type ActiveSite } from '../../core/failover.ts'
import { stateOf, type AgencyRoom } from '../../core/room.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Homeserver } from '../homeserver.ts'
import type { Log } from '../log.ts'
import { sha256, uuidOf } from '../sha256.ts'
import { switchAlert } from './templates.ts'

type Type = typeof TYPE.activeSite | typeof TYPE.drill

export interface Completer {
  /** Throws HomeserverError; the next call goes on from there. */
  complete(declared: ActiveSite, type: Type): Promise<void>
}

interface Ports {
  deployment: () => Deployment
  knowledge: Pick<Knowledge, 'rooms' | 'alert' | 'revisionIn'>
  homeserver: Pick<Homeserver, 'setState' | 'send'>
  log: Log
}

export function createCompleter({ deployment, knowledge, homeserver, log }: Ports): Completer {
  /** Rooms that this process is through with: the bot may not have seen its own words come back yet. */
  const said = new Set<string>()
  /** In the order of their ids: whoever declares begins with the same room. */
  const alertRooms = () => knowledge.rooms().filter((r) => r.kind === 'alert')

  const declaredIn = (room: AgencyRoom, type: Type): ActiveSite | null => {
    const event = stateOf(room.record, type)
    return (event && (type === TYPE.drill ? readDrill : readActiveSite)(room, event)) ?? null
  }

  /** A manager may have said no more than where to: the other rooms still say where from, and the incident follows from it. */
  async function whole(declared: ActiveSite, type: Type): Promise<ActiveSite> {
    const others = alertRooms().flatMap((room) => declaredIn(room, type) ?? [])
    // Where a crash came between, rooms that are through already say it in full.
    const same = others.find((d) => d.since === declared.since && d.site === declared.site && d.from !== undefined)
    const before = others.find((d) => d.since < declared.since && d.site !== declared.site)
    const from = declared.from ?? same?.from ?? before?.site
    const incident = declared.incident ?? (await incidentId(sha256, String(declared.since), '', declared.site))
    return { ...declared, incident, ...(from === undefined ? {} : { from }) }
  }

  /** The alert that tells of it; null: there is nothing to tell. A correction withdraws the alert of what it corrects. */
  function alertOf(declared: ActiveSite, incident: string): AlertContent | null {
    const kind = moveOf(deployment(), declared)
    if (!kind) return null
    const move = { from: declared.from ?? '', to: declared.site, incident, kind, status: declared.status }
    const alert = switchAlert(deployment(), move, knowledge.rooms(), declared.since, log)
    const wrong = declared.corrects ? knowledge.alert(declared.corrects) : null
    if (kind !== 'correction' || !wrong) return alert
    const first =
      wrong.history.findLast(({ content }) => content.msg_type !== 'Cancel')?.content ?? wrong.current.content
    return { ...alert, id: wrong.id, rev: first.rev + 1, msg_type: 'Cancel', kind: first.kind, status: first.status }
  }

  async function completeRoom(room: AgencyRoom, declared: ActiveSite, incident: string, type: Type): Promise<void> {
    const key = `${type} ${incident} ${declared.since} ${room.id}`
    if (said.has(key)) return
    const there = declaredIn(room, type)
    if (there?.since !== declared.since || there.site !== declared.site)
      await homeserver.setState(room.id, type, '', declared)
    const alert = alertOf(declared, incident)
    if (alert && knowledge.revisionIn(room.id, alert.id) < alert.rev) {
      const client = await uuidOf(`${incident}${alert.rev === 0 ? '' : ` ${alert.rev}`} ${room.id}`)
      await homeserver.send(room.id, 'm.room.message', alertMessage(alert, client), client)
      log.info(
        { alert: alert.id, rev: alert.rev, room: room.id, drill: type === TYPE.drill },
        'alert of the switch sent',
      )
    }
    said.add(key)
  }

  return {
    /** One room that fails holds up no other; its error is thrown when all have been tried. */
    async complete(declared, type) {
      const content = await whole(declared, type)
      const { incident } = content
      if (incident === undefined) return
      const results = await Promise.allSettled(alertRooms().map((room) => completeRoom(room, content, incident, type)))
      for (const result of results) if (result.status === 'rejected') throw result.reason
    },
  }
}
