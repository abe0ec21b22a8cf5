/** Takes alarms of last resort: who may, when, and what rings then. Rules LAST-1 to LAST-4; the deciding is core's. */
import type { DatabaseSync } from 'node:sqlite'
import { alertSchema, foldAlerts, type AlertContent } from '../../core/alert.ts'
import type { Deployment } from '../../core/deployment.ts'
import { pushAt, sentKey } from '../../core/duty.ts'
import type { PersonId, SiteId, UserId } from '../../core/ids.ts'
import { alarmRevisions, doesAnyAnswer, senderOf } from '../../core/last-resort.ts'
import { parseJson } from '../../core/parse.ts'
import { ALERT_MEMORY, type RelayStatus } from '../../core/relay.ts'
import type { Memory } from '../bot/memory.ts'
import { Refusal, unavailable } from '../http/errors.ts'
import type { Log } from '../log.ts'
import type { SentLog } from '../push/sent-log.ts'
import type { LastSeenRooms } from './last-seen.ts'

export interface Alarms {
  /** Since when it rings, ms. Throws the refusal. The same alarm again rings nobody again. */
  raise(person: PersonId, content: AlertContent): number
  forget(now: number): void
}

interface Ports {
  self: SiteId
  deployment: () => Deployment
  db: DatabaseSync
  lastSeen: Pick<LastSeenRooms, 'of' | 'isEmpty'>
  memory: Pick<Memory, 'alert' | 'takeAlarm'>
  sites: () => RelayStatus['sites']
  /** What the other relays say. */
  peers: () => readonly Pick<RelayStatus, 'sent'>[]
  sent: Pick<SentLog, 'add'>
  /** It is to ring now. */
  ring: () => void
  now: () => number
  log: Log
}

const forbidden = (error: string) => new Refusal(403, 'M_FORBIDDEN', error)

export function createAlarms(ports: Ports): Alarms {
  const { self, deployment, db, lastSeen, memory, sites, peers, sent, ring, now, log } = ports
  const all = db.prepare('SELECT sender, alert, at FROM alarms WHERE at > ? ORDER BY at')
  const add = db.prepare('INSERT OR IGNORE INTO alarms (key, sender, alert, at) VALUES (?, ?, ?, ?)')
  const forget = db.prepare('DELETE FROM alarms WHERE at <= ?')
  for (const row of all.all(now() - ALERT_MEMORY)) {
    const alert = parseJson(alertSchema, String(row['alert']))
    if (alert.ok) memory.takeAlarm(alarmRevisions(alert.value, row['sender'] as UserId, Number(row['at'])))
  }

  function senderFor(person: PersonId, { audience }: AlertContent): UserId {
    if (lastSeen.isEmpty()) throw unavailable('this relay knows no rooms')
    const rooms = audience.rooms.map((room) => lastSeen.of(room))
    const known = rooms.filter((room) => room !== null)
    if (known.length < rooms.length) throw forbidden('alert.audience.rooms: not a room for alerts of the agency')
    const sender = senderOf(deployment(), known, person, self)
    if (!sender) throw forbidden('you had no right to send alerts there')
    return sender
  }

  /** Since when the very same rings, ms; null: it is new. */
  function known(content: AlertContent): number | null {
    const alert = memory.alert(content.id)
    const same = alert?.history.find((r) => JSON.stringify(r.content) === JSON.stringify(content))
    if (same) return same.at
    if (alert && alert.current.content.rev >= content.rev)
      throw new Refusal(409, 'DE_NOTANKER_OVERTAKEN', 'another one of this revision, or a later one, is known here')
    return null
  }

  return {
    raise(person, content) {
      const sender = senderFor(person, content)
      const before = known(content)
      if (before !== null) return before
      const answers = doesAnyAnswer(sites())
      if (answers === null) throw unavailable('it is not known yet whether a homeserver answers')
      if (answers) throw new Refusal(409, 'DE_NOTANKER_SITE_ANSWERS', 'a homeserver answers: send it into the rooms')
      const at = now()
      const revisions = alarmRevisions(content, sender, at)
      const due = pushAt(foldAlerts(revisions)[0]!, at)
      if (due === null || due > at) throw new Refusal(400, 'M_BAD_JSON', 'alert: nothing that rings now')
      const key = sentKey(content)
      // Another relay has taken it, and its answer was lost.
      if (peers().some((peer) => peer.sent.includes(key))) return at
      add.run(key, sender, JSON.stringify(content), at)
      // Listed until it may come into the rooms, however long that takes: none is to ring it again then.
      sent.add(key, at + ALERT_MEMORY)
      memory.takeAlarm(revisions)
      log.warn({ alert: key, rooms: revisions.length }, 'no homeserver answers: alarm of last resort')
      ring()
      return at
    },
    forget: (time) => void forget.run(time - ALERT_MEMORY),
  }
}
