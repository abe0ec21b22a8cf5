/** The agency of the plan as a phone has it: rooms, handbook, an alert, some talk. For tests of stores and screens. */
import { alertMessage, type AlertContent } from '../../src/core/alert.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { TYPE, type RoomEvent } from '../../src/core/event.ts'
import type { Session } from '../../src/core/ports.ts'
import { stateKey, type RoomKind, type RoomRecord } from '../../src/core/room.ts'
import type { EventId, PersonId, RoomId, UserId } from '../../src/core/ids.ts'
import { alertContent, ALL, bot, deploymentOf, LAGE, SPACE } from './agency.ts'

export const NOW = Date.UTC(2026, 10, 24, 13, 36)
export const [TEAM, HANDBOOK]: RoomId[] = ['!team', '!handbook']
const NAMES: Record<string, string> = { chief: 'Jana Lindhorst', anna: 'Anna Berg', ben: 'Ben Carlsen' }

let count = 0
/** An event of a room; `key` makes it state. */
export function event(
  room_id: RoomId,
  sender: UserId,
  type: string,
  content: Record<string, unknown>,
  { key, at = NOW - 3600_000 }: { key?: string; at?: number } = {},
): RoomEvent {
  const event_id: EventId = `$${(++count).toString().padStart(6, '0')}`
  return {
    room_id,
    sender,
    type,
    content,
    event_id,
    origin_server_ts: at,
    ...(key === undefined ? {} : { state_key: key }),
  }
}

export function room(
  id: RoomId,
  kind: RoomKind,
  title: string,
  people: readonly string[],
  more: RoomEvent[] = [],
): RoomRecord {
  const by = bot('a')
  const users = Object.fromEntries(['a', 'b'].map((site) => [`@chief:${site}.example`, 50]))
  const talk = kind === 'staff' || kind === 'team'
  const state = [
    event(id, by, 'm.room.create', { room_version: '12', additional_creators: [bot('b')] }, { key: '' }),
    event(id, by, 'm.room.power_levels', { users, events_default: talk ? 0 : 50, state_default: 50 }, { key: '' }),
    event(id, by, TYPE.room, { v: 1, kind, title }, { key: '' }),
    ...people.flatMap((person) =>
      ['a', 'b'].map((site) => {
        const user: UserId = `@${person}:${site}.example`
        return event(id, user, 'm.room.member', { membership: 'join', displayname: NAMES[person] }, { key: user })
      }),
    ),
    ...more.filter((e) => e.state_key !== undefined),
  ]
  const timeline = more.filter((e) => e.state_key === undefined)
  return { id, state: new Map(state.map((e) => [stateKey(e.type, e.state_key), e])), timeline }
}

export const alertEvent = (content: AlertContent, at = content.effective, room_id: RoomId = ALL): RoomEvent =>
  event(room_id, '@chief:a.example', 'm.room.message', alertMessage(content, `client-${content.id}-${content.rev}`), {
    at,
  })

/** `alerts` are in the room of everybody; `talk` in the team's room. */
export function sampleRecords(
  alerts: RoomEvent[] = [],
  talk: RoomEvent[] = [],
  tallies: RoomEvent[] = [],
): RoomRecord[] {
  const everybody = Object.keys(NAMES)
  const child = (id: RoomId) => event(SPACE, bot('a'), 'm.space.child', { via: ['a.example'] }, { key: id })
  const since = NOW - 24 * 3600_000
  const active = event(
    ALL,
    bot('a'),
    TYPE.activeSite,
    { v: 1, site: 'a', since, by: 'provision' },
    { key: '', at: since },
  )
  const card = {
    v: 1,
    title: 'Räumung eines Dienstgebäudes',
    scenario: 'Gebäude',
    version: 3,
    updated: '2026-09-08',
    bytes: 10,
    sha256: 'a'.repeat(64),
    parts: 1,
  }
  const entries = [{ role: 'Pforte', name: 'Tag und Nacht', phones: ['030 23125 100'] }]
  return [
    room(SPACE, 'alert', 'space', everybody, [ALL, TEAM!, HANDBOOK!, LAGE].map(child)),
    room(ALL, 'alert', 'Alle Beschäftigten', everybody, [active, ...alerts]),
    room(TEAM!, 'team', 'Referat 34', ['anna', 'ben'], talk),
    room(LAGE, 'lage', 'Lagebild', ['chief'], tallies),
    room(HANDBOOK!, 'handbook', 'Handbuch', everybody, [
      event(HANDBOOK!, bot('a'), TYPE.playbook, card, { key: 'raeumung' }),
      event(
        HANDBOOK!,
        bot('a'),
        TYPE.contacts,
        { v: 1, title: 'Wer hilft jetzt', version: 1, entries },
        { key: 'krisenstab' },
      ),
    ]),
  ]
}

export const sampleAlert = (changes: Partial<AlertContent> = {}): AlertContent =>
  alertContent(NOW - 120_000, {
    severity: 'Extreme',
    headline: 'Gebäude Ruhrstraße sofort verlassen',
    playbook: 'raeumung',
    responses: [
      { key: 'safe', label: 'Bin in Sicherheit', meaning: 'safe' },
      { key: 'help', label: 'Brauche Hilfe', meaning: 'need_help' },
      { key: 'away', label: 'Nicht im Haus', meaning: 'declined' },
    ],
    ...changes,
  })

export const sampleDeployment = (): Deployment => deploymentOf()

export function sessionOf(person: string, sites = ['a', 'b']): Session {
  const accounts = sites.map((site) => ({
    site,
    user: `@${person}:${site}.example` as UserId,
    device: 'DEVICE',
    access_token: 'token',
    homeserver: `https://matrix.${site}.example`,
  }))
  return { person: person as PersonId, name: NAMES[person] ?? person, device: 'device-1', accounts }
}
