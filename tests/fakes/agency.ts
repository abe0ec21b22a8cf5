/** An agency with two or three sites: its deployment file and its rooms on a fake homeserver. */
import { parse } from '../../src/core/parse.ts'
import type { AlertContent } from '../../src/core/alert.ts'
import { deploymentSchema, type Deployment } from '../../src/core/deployment.ts'
import type { PersonId, RoomId, UserId } from '../../src/core/ids.ts'
import type { Log } from '../../src/server/log.ts'
import type { FakeHomeserver } from './homeserver.ts'

export const SPACE: RoomId = '!space'
export const ALL: RoomId = '!alert-all'
export const UNIT: RoomId = '!alert-unit'
export const LAGE: RoomId = '!lage'

export const bot = (site: string): UserId => `@bot:${site}.example`
export const person = (name: string) => name as PersonId

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** `sites` names them; monitors are their relays and, with two sites, a witness. */
export function deploymentOf(sites = ['a', 'b'], changes: object = {}): Deployment {
  const witness = { id: 'witness', url: 'https://witness.example' }
  const relays = sites.map((id) => ({ id, url: `https://relay.${id}.example` }))
  const file = {
    v: 1,
    serial: 1,
    app: 'https://app.example',
    agency: { name: 'Amt', short: 'A' },
    space: SPACE,
    sites: sites.map((id) => ({
      id,
      name: `Standort ${id.toUpperCase()}`,
      server_name: `${id}.example`,
      homeserver: `https://matrix.${id}.example`,
      relay: `https://relay.${id}.example`,
      bot: bot(id),
    })),
    monitors: sites.length === 2 ? [...relays, witness] : relays,
    failover: { mode: 'automatic' },
    ...changes,
  }
  const parsed = parse(deploymentSchema, file)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.value
}

/** One room of the agency with its members and, if asked for, a declaration of the active site. */
export function addRoom(hs: FakeHomeserver, id: RoomId, kind: string, members: UserId[], active?: string): void {
  const by = bot('a')
  hs.add(id, by, 'm.room.create', { room_version: '12', additional_creators: [bot('b'), bot('c')] }, '')
  const users = Object.fromEntries(members.filter((m) => m.startsWith('@chief')).map((m) => [m, 50]))
  hs.add(id, by, 'm.room.power_levels', { users, events_default: 50, state_default: 50 }, '')
  hs.add(id, by, 'de.notanker.room', { v: 1, kind, title: id }, '')
  for (const member of [...members, bot('a'), bot('b')])
    hs.add(id, member, 'm.room.member', { membership: 'join' }, member)
  if (active) hs.add(id, by, 'de.notanker.active_site', { v: 1, site: active, since: 1, by: 'provision' }, '')
}

export function addToSpace(hs: FakeHomeserver, id: RoomId): void {
  hs.add(SPACE, bot('a'), 'm.space.child', { via: ['a.example', 'b.example'] }, id)
}

/** Space, an alert room for all (anna, ben, chief), one for a unit (ben, cleo) and the Lage room. */
export function foundAgency(hs: FakeHomeserver): void {
  hs.add(SPACE, bot('a'), 'm.room.create', { room_version: '12', type: 'm.space' }, '')
  for (const id of [ALL, UNIT, LAGE]) addToSpace(hs, id)
  addRoom(hs, ALL, 'alert', ['@anna:a.example', '@anna:b.example', '@ben:b.example', '@chief:a.example'], 'a')
  addRoom(hs, UNIT, 'alert', ['@ben:a.example', '@cleo:a.example', '@chief:a.example'], 'a')
  addRoom(hs, LAGE, 'lage', ['@chief:a.example'])
}

export const ALERT_ID = '0198aaaa-0000-7000-8000-000000000001'

export function alertContent(now: number, changes: Partial<AlertContent> = {}): AlertContent {
  return {
    v: 1,
    id: ALERT_ID,
    rev: 0,
    msg_type: 'Alert',
    status: 'Actual',
    severity: 'Severe',
    kind: 'instruction',
    headline: 'Gebäude räumen',
    instruction: 'Verlassen Sie das Gebäude.',
    next_step: 'Gehen Sie zum Sammelplatz.',
    responses: [{ key: 'ok', label: 'Verstanden', meaning: 'acknowledged' }],
    effective: now,
    audience: { label: 'Alle', rooms: [ALL] },
    info: [],
    ...changes,
  }
}

export function sendAlert(
  hs: FakeHomeserver,
  room: RoomId,
  content: AlertContent,
  sender: UserId = '@chief:a.example',
) {
  return hs.add(room, sender, 'm.room.message', { msgtype: 'm.text', body: 'x', 'de.notanker.alert': content })
}
