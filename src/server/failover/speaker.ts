/**
 * The speaker: declares the failover where a majority of monitors sees the active site down and this one is its
 * successor. Rules SITE-4 to SITE-7.
 *
 *   declare:  active_site into the first alert room; from then on the incident has its id
 *   finish:   active_site into the other alert rooms, the failover alert into all of them
 *
 * `finish` starts from what the rooms say, so it goes on where a crash or a failing homeserver has cut it off. Its
 * messages carry transaction ids made of incident and room: said again, they are the same event.
 */
import { alertMessage } from '../../core/alert.ts'
import type { Deployment } from '../../core/deployment.ts'
import { TYPE } from '../../core/event.ts'
import {
  failoverAlert,
  incidentId,
  latestActiveSite,
  readActiveSite,
  successor,
  type ActiveSite,
} from '../../core/failover.ts'
import type { SiteId } from '../../core/ids.ts'
import { stateOf, type AgencyRoom } from '../../core/room.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Homeserver } from '../homeserver.ts'
import type { Log } from '../log.ts'
import { sha256, uuidOf } from '../sha256.ts'

type Verdicts = Readonly<Record<SiteId, Verdict>>

export interface Speaker {
  /** Does what is to be done now, if anything. Throws HomeserverError; the next call goes on from there. */
  speak(verdict: Verdicts): Promise<void>
}

interface Ports {
  self: SiteId
  deployment: () => Deployment
  knowledge: Pick<Knowledge, 'rooms' | 'alert' | 'activeSite'>
  homeserver: Pick<Homeserver, 'stateEvent' | 'setState' | 'send'>
  now: () => number
  log: Log
}

/** A declaration older than this is finished no more, ms: a room made tomorrow needs no alert of today. */
const FRESH = 3600_000
/** Fewer monitors could not tell a dead site from a cut line (SITE-7). */
const ENOUGH_MONITORS = 3

export function createSpeaker({ self, deployment, knowledge, homeserver, now, log }: Ports): Speaker {
  /** Rooms that this process is through with, `incident room`: the bot may not have seen it come back yet. */
  const said = new Set<string>()
  /** In the order of their ids: whoever declares begins with the same room. */
  const alertRooms = () => knowledge.rooms().filter((r) => r.kind === 'alert')

  /** Writes the first declaration; null: somebody has already declared a site that is up. */
  async function declare(from: SiteId, verdict: Verdicts): Promise<ActiveSite | null> {
    const rooms = alertRooms()
    const events = await Promise.all(rooms.map((r) => homeserver.stateEvent(r.id, TYPE.activeSite)))
    const declared = rooms.flatMap((room, i) => (events[i] && readActiveSite(room, events[i])) ?? [])
    const latest = latestActiveSite(declared)
    const first = rooms[0]
    if (!first || (latest && latest.site !== from && verdict[latest.site] === 'up')) return null
    const incident = await incidentId(sha256, events[0]?.event_id ?? first.id, from, self)
    const content: ActiveSite = {
      v: 1,
      site: self,
      from,
      since: Math.max(now(), (latest?.since ?? 0) + 1),
      closed: (latest?.closed ?? []).filter((site) => site !== self),
      incident,
      by: 'monitor',
      status: 'Actual',
    }
    await homeserver.setState(first.id, TYPE.activeSite, '', content)
    log.info({ from, incident }, 'declares this site the active one')
    return content
  }

  async function finishRoom(room: AgencyRoom, content: ActiveSite, incident: string): Promise<void> {
    if (said.has(`${incident} ${room.id}`)) return
    const event = stateOf(room.record, TYPE.activeSite)
    const declared = event && readActiveSite(room, event)?.incident === incident
    if (!declared) await homeserver.setState(room.id, TYPE.activeSite, '', content)
    if (!knowledge.alert(incident)?.rooms.includes(room.id)) {
      const move = { from: content.from ?? '', to: self, incident }
      const rooms = alertRooms().map((r) => r.id)
      const client = await uuidOf(`${incident} ${room.id}`)
      const message = alertMessage(failoverAlert(deployment(), move, rooms, content.since), client)
      await homeserver.send(room.id, 'm.room.message', message, client)
      log.info({ alert: incident, room: room.id }, 'failover alert sent')
    }
    said.add(`${incident} ${room.id}`)
  }

  /** One room that fails holds up no other; its error is thrown when all have been tried. */
  async function finish(content: ActiveSite): Promise<void> {
    const { incident } = content
    if (!incident) return
    const results = await Promise.allSettled(alertRooms().map((room) => finishRoom(room, content, incident)))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  return {
    async speak(verdict) {
      const { failover, monitors, sites } = deployment()
      if (failover.mode !== 'automatic' || monitors.length < ENOUGH_MONITORS) return
      const declared = knowledge.activeSite()
      const active = declared?.site ?? sites[0]!.id
      if (successor(deployment(), verdict, active) === self) {
        const content = await declare(active, verdict)
        if (content) await finish(content)
      } else if (declared?.by === 'monitor' && declared.site === self && now() - declared.since < FRESH) {
        await finish(declared)
      }
    },
  }
}
