/** Reads and writes at a homeserver by REST: what is there counts, not what a screen says. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { alertMessage, type AlertContent } from '../../src/core/alert.ts'
import { readRoomEvent, type RoomEvent } from '../../src/core/event.ts'
import type { AlertId, RoomId } from '../../src/core/ids.ts'
import { readTally } from '../../src/core/response.ts'
import { Homeserver, request } from '../../src/server/homeserver.ts'
import { tokenFile } from '../../src/server/provision/index.ts'
import type { DemoFile } from '../../src/stack/demo-file.ts'

export async function logIn(site: DemoFile['sites'][number], person: string, password: string): Promise<Homeserver> {
  const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user: person }, password }
  const answer = await request(site.homeserver, 'POST', '/_matrix/client/v3/login', { body })
  return new Homeserver(site.homeserver, answer['access_token'] as string)
}

/** The account that provisions a site of the deployment in the folder `dir`; it is an admin there. */
export async function botOf(dir: string, site: DemoFile['sites'][number]): Promise<Homeserver> {
  return new Homeserver(site.homeserver, (await readFile(tokenFile(join(dir, 'keys'), site), 'utf8')).trim())
}

/** The events of a room as a homeserver has them, oldest first, copies and all. */
export async function eventsOf(account: Homeserver, room: RoomId): Promise<RoomEvent[]> {
  const events: unknown[] = []
  let from = ''
  for (;;) {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=500${from}`
    // A homeserver that was away fetches what it missed while it is asked for it.
    const { chunk, end } = await account.call('GET', path, { timeout: 90_000 })
    events.push(...(chunk as unknown[]))
    if (typeof end !== 'string') return events.flatMap((raw) => readRoomEvent(room, raw) ?? []).reverse()
    from = `&from=${encodeURIComponent(end)}`
  }
}

export const messagesOf = async (account: Homeserver, room: RoomId): Promise<RoomEvent[]> =>
  (await eventsOf(account, room)).filter((e) => e.type === 'm.room.message')

export const bodiesOf = async (account: Homeserver, room: RoomId): Promise<string[]> =>
  (await messagesOf(account, room)).map((e) => String(e.content['body']))

/** `<person> <key>` of every tally entry of an alert. */
export async function talliedOf(account: Homeserver, lage: RoomId, alert: AlertId): Promise<string[]> {
  const tallies = (await eventsOf(account, lage)).flatMap((event) => readTally(event) ?? [])
  return tallies.filter((t) => t.alert === alert).flatMap((t) => t.entries.map((e) => `${e.person} ${e.key}`))
}

/** An alert to one room, as the account's person sends it. Rejects with HomeserverError where they may not. */
export async function sendAlert(
  account: Homeserver,
  room: RoomId,
  changes: Partial<AlertContent> = {},
): Promise<AlertContent> {
  const content: AlertContent = {
    v: 1,
    id: randomUUID(),
    rev: 0,
    msg_type: 'Alert',
    status: 'Actual',
    severity: 'Severe',
    kind: 'instruction',
    headline: 'Gebäude räumen',
    instruction: 'Verlassen Sie das Gebäude.',
    next_step: 'Gehen Sie zum Sammelplatz.',
    responses: [{ key: 'ok', label: 'Verstanden', meaning: 'acknowledged' }],
    effective: Date.now(),
    audience: { label: 'Alle Beschäftigten', rooms: [room] },
    info: [],
    ...changes,
  }
  const txn = randomUUID()
  await account.send(room, 'm.room.message', alertMessage(content, txn), txn)
  return content
}
