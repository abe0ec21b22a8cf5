/** A room as a person reads it: messages of everybody, own ones with what became of them, each once. Rules ROOM-*. */
import * as v from 'valibot'
import { parseOrNull } from './parse.ts'
import { readAlert } from './alert.ts'
import { clientIdOf, TYPE, type RoomEvent } from './event.ts'
import { personOf, siteOfUser, type Deployment } from './deployment.ts'
import { readActiveSite, type ActiveSite } from './failover.ts'
import { stateOf, type AgencyRoom } from './room.ts'
import type { Delivery, OutboxItem } from './outbox.ts'
import { uuid, type AlertId, type PersonId, type SiteId } from './ids.ts'

export type TimelineEntry =
  | {
      kind: 'message'
      key: string
      at: number
      person: PersonId
      name: string
      text: string
      mine: Delivery | null
      site: SiteId | null
      /** The alert that the message carries. */
      alert: AlertId | null
    }
  | { kind: 'switch'; key: string; at: number; site: ActiveSite }
  | { kind: 'unreadable'; key: string; at: number; person: PersonId; name: string }

const alertRef = v.object({ id: uuid })

/** Drops the second and later copies of what one person sent once (ROOM-3): same event id, or same person and client id. */
export function onlyOnce(deployment: Deployment, events: readonly RoomEvent[]): RoomEvent[] {
  const seen = new Set<string>()
  return events.filter((event) => {
    const client = clientIdOf(event)
    const key = client === null ? event.event_id : `${personOf(deployment, event.sender)} ${client}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function nameIn(room: AgencyRoom, event: RoomEvent, deployment: Deployment): string {
  const name = stateOf(room.record, 'm.room.member', event.sender)?.content['displayname']
  return typeof name === 'string' && name ? name : personOf(deployment, event.sender)
}

/** The timeline of a room with the person's own outbox woven in. `me` is the reader. */
export function timelineOf(
  deployment: Deployment,
  room: AgencyRoom,
  me: PersonId,
  outbox: readonly OutboxItem[],
): TimelineEntry[] {
  const items = new Map(outbox.map((i) => [i.client_id, i]))
  const shown = new Set<string>()
  const entries = onlyOnce(deployment, room.record.timeline).flatMap((event): TimelineEntry[] => {
    const base = {
      key: event.event_id,
      at: event.origin_server_ts,
      person: personOf(deployment, event.sender),
      name: nameIn(room, event, deployment),
    }
    if (event.type === TYPE.activeSite) {
      const site = readActiveSite(room, event)
      return site ? [{ kind: 'switch', key: base.key, at: base.at, site }] : []
    }
    if (event.type === 'm.room.encrypted') return [{ kind: 'unreadable', ...base }]
    const text = event.content['body']
    if (event.type !== 'm.room.message' || typeof text !== 'string') return []
    const client = clientIdOf(event)
    const site = siteOfUser(deployment, event.sender)?.id ?? null
    const alert = readAlert(room, event)?.content.id ?? null
    if (base.person !== me) return [{ kind: 'message', ...base, text, mine: null, site, alert }]
    if (client !== null) shown.add(client)
    const taken: Delivery = { state: 'taken', site: site ?? '', at: base.at, passed_on: 'unknown' }
    return [
      {
        kind: 'message',
        ...base,
        key: client ?? base.key,
        text,
        mine:
          (client !== null && items.get(client)?.delivery.state === 'taken' && items.get(client)?.delivery) || taken,
        site,
        alert,
      },
    ]
  })
  const lines = entries.filter((e) => e.kind !== 'switch' && !(e.kind === 'message' && e.alert))
  const begins = room.record.earlier ? (lines[0]?.at ?? -Infinity) : -Infinity
  /** What stands before the loaded part comes with the older lines, in its place among them. */
  const comesLater = ({ delivery: d }: OutboxItem) => d.state === 'taken' && d.at <= begins
  const waiting = outbox
    .filter((i) => i.payload.kind === 'event' && i.payload.room === room.id)
    .filter((i) => !shown.has(i.client_id) && !comesLater(i))
    .toSorted((a, b) => a.seq - b.seq)
    .flatMap((i): TimelineEntry[] => {
      const content = i.payload.kind === 'event' ? i.payload.content : {}
      const text = content['body']
      if (typeof text !== 'string') return []
      const alert = parseOrNull(alertRef, content[TYPE.alert])?.id ?? null
      const base = { key: i.client_id, at: i.created, person: me, name: me }
      return [{ kind: 'message', ...base, text, mine: i.delivery, site: null, alert }]
    })
  return [...entries, ...waiting]
}
