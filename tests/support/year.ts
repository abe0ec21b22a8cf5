/**
 * A year of use, written through a projection as syncs would have brought it:
 *
 *     await writeYear(openProjection(name), Date.now())
 *
 * Runs wherever the projection runs: bundled into a page of the app's origin for a measurement in a browser (with the
 * app's own database name, before the app is opened), or in Node on fake-indexeddb. About 23,000 events in 365 batches.
 * Give fewer `days` for less. It takes no session and no deployment file with it: its space is `YEAR.space`.
 */
import { alertMessage, type AlertContent } from '../../src/core/alert.ts'
import { TYPE, type RoomEvent } from '../../src/core/event.ts'
import type { RoomId, UserId } from '../../src/core/ids.ts'
import type { Projection, SyncBatch } from '../../src/core/ports.ts'
import type { RoomKind } from '../../src/core/room.ts'

const DAY = 86_400_000
const CHIEF: UserId = '@chief:a.example'
const BOT: UserId = '@bot:a.example'
const people = Array.from({ length: 40 }, (_, i): UserId => `@person${i}:a.example`)

export const YEAR = { days: 365, messages: 60, alerts: 150, playbooks: 40, space: '!year-space' as RoomId }
const KINDS: readonly RoomKind[] = ['alert', 'lage', 'handbook', ...Array<RoomKind>(8).fill('team'), 'staff']
export const YEAR_ROOMS = KINDS.map((kind, i) => ({ id: `!year-${i}` as RoomId, kind }))
const [ALERTS, LAGE, HANDBOOK] = YEAR_ROOMS.map(({ id }) => id) as [RoomId, RoomId, RoomId]
const TALKS = YEAR_ROOMS.filter(({ kind }) => kind === 'team' || kind === 'staff').map(({ id }) => id)

let count = 0
const event = (
  room_id: RoomId,
  sender: UserId,
  type: string,
  content: Record<string, unknown>,
  at: number,
  key?: string,
): RoomEvent => ({
  event_id: `$year${String(count++).padStart(38, '0')}`,
  room_id,
  sender,
  type,
  content,
  origin_server_ts: at,
  ...(key === undefined ? {} : { state_key: key }),
})

const uuid = (n: number) => `0198aaaa-0000-7000-8000-${String(n).padStart(12, '0')}`
const words = (n: number) => `Wir sind vollzählig und gehen jetzt zum Sammelplatz, Meldung Nummer ${n}. `.repeat(2)

function stateOfYear(at: number): RoomEvent[] {
  const users = { [CHIEF]: 50 }
  const children = YEAR_ROOMS.map(({ id }) => event(YEAR.space, BOT, 'm.space.child', { via: ['a.example'] }, at, id))
  const rooms = [{ id: YEAR.space, kind: null }, ...YEAR_ROOMS].flatMap(({ id, kind }, i) => [
    event(id, BOT, 'm.room.create', { room_version: '12' }, at, ''),
    event(
      id,
      BOT,
      'm.room.power_levels',
      { users, events_default: kind === 'team' || kind === 'staff' ? 0 : 50, state_default: 50 },
      at,
      '',
    ),
    ...(kind ? [event(id, BOT, TYPE.room, { v: 1, kind, title: `Raum ${i}` }, at, '')] : []),
    ...[CHIEF, BOT, ...people].map((who) =>
      event(id, who, 'm.room.member', { membership: 'join', displayname: who }, at, who),
    ),
  ])
  const cards = Array.from({ length: YEAR.playbooks }, (_, i) => {
    const card = { v: 1, title: `Notfallplan ${i}`, scenario: 'Strom', summary: words(i), version: 1, parts: 1 }
    const file = { updated: '2026-09-08', lang: 'de', bytes: 8000, sha256: i.toString(16).padStart(64, '0') }
    return event(HANDBOOK, BOT, TYPE.playbook, { ...card, ...file }, at, `plan-${i}`)
  })
  return [...children, ...rooms, ...cards]
}

function alert(n: number, rev: number, at: number): RoomEvent {
  const content: AlertContent = {
    v: 1,
    id: uuid(n),
    rev,
    msg_type: rev === 0 ? 'Alert' : rev === 2 ? 'AllClear' : 'Update',
    status: 'Actual',
    severity: 'Severe',
    kind: 'instruction',
    headline: `Gebäude ${n} räumen`,
    instruction: words(n),
    next_step: 'Gehen Sie zum Sammelplatz.',
    responses: [{ key: 'ok', label: 'Verstanden', meaning: 'acknowledged' }],
    effective: at,
    audience: { label: 'Alle', rooms: [ALERTS] },
    info: [],
  }
  return event(ALERTS, CHIEF, 'm.room.message', alertMessage(content, `year-${n}-${rev}`), at)
}

/** Four events of ten answers: what a room of forty people gives. */
const tallies = (n: number, at: number): RoomEvent[] =>
  Array.from({ length: 4 }, (_, part) => {
    const some = people.slice(part * 10, part * 10 + 10)
    const entries = some.map((user, i) => {
      const id = uuid(1e6 + n * 40 + part * 10 + i)
      return { id, person: user.slice(1).split(':')[0], key: 'ok', at: at + i }
    })
    return event(LAGE, BOT, TYPE.tally, { v: 1, alert: uuid(n), entries }, at + part)
  })

export async function writeYear(projection: Projection, end: number, days = YEAR.days): Promise<void> {
  const account: UserId = '@person0:a.example'
  const start = end - days * DAY
  const batch = (events: RoomEvent[], state: RoomEvent[], next: string): SyncBatch => ({
    account,
    next_batch: next,
    initial: false,
    left: [],
    rooms: [YEAR.space, ...YEAR_ROOMS.map(({ id }) => id)].flatMap((id) => {
      const of = (all: RoomEvent[]) => all.filter((e) => e.room_id === id)
      const room = { id, state: of(state), timeline: of(events), limited: false }
      return room.state.length + room.timeline.length ? [room] : []
    }),
  })
  await projection.rememberRooms(account, [YEAR.space, ...YEAR_ROOMS.map(({ id }) => id)])
  await projection.apply(batch([], stateOfYear(start), 's0'), start)
  let alerts = 0
  for (let day = 0; day < days; day++) {
    const morning = start + day * DAY
    const events = Array.from({ length: YEAR.messages }, (_, i) => {
      const content = { msgtype: 'm.text', body: words(i), [TYPE.clientId]: uuid(day * 100 + i) }
      return event(
        TALKS[i % TALKS.length]!,
        people[i % people.length]!,
        'm.room.message',
        content,
        morning + i * 60_000,
      )
    })
    for (; alerts < ((day + 1) * YEAR.alerts) / YEAR.days; alerts++) {
      for (const rev of [0, 1, 2]) events.push(alert(alerts, rev, morning + rev * 3_600_000))
      events.push(...tallies(alerts, morning + 60_000))
    }
    await projection.apply(batch(events, [], `s${day + 1}`), morning + DAY)
  }
  for (let i = 0; i < YEAR.playbooks; i++) {
    const body = { version: 1, sha256: i.toString(16).padStart(64, '0'), markdown: words(i).repeat(50) }
    await projection.putBody(`plan-${i}`, body)
  }
}
