/** Reads and writes at a homeserver by REST: what is there counts, not what a screen says. */
import { randomUUID } from 'node:crypto'
import { alertMessage, type AlertContent } from '../../src/core/alert.ts'
import { TYPE } from '../../src/core/event.ts'
import type { AlertId, RoomId } from '../../src/core/ids.ts'
import { Homeserver, request } from '../../src/server/homeserver.ts'
import type { DemoFile } from '../../src/stack/demo-file.ts'

export async function logIn(site: DemoFile['sites'][number], person: string, password: string): Promise<Homeserver> {
  const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user: person }, password }
  const answer = await request(site.homeserver, 'POST', '/_matrix/client/v3/login', { body })
  return new Homeserver(site.homeserver, answer['access_token'] as string)
}

interface Read {
  type: string
  content: Record<string, unknown>
}

/** The newest events of a room, oldest first. */
async function eventsOf(account: Homeserver, room: RoomId): Promise<Read[]> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=100`
  return ((await account.call('GET', path))['chunk'] as Read[]).reverse()
}

/** The newest messages of a room as a homeserver has them, oldest first, copies and all. */
export async function messagesOf(account: Homeserver, room: RoomId): Promise<RoomEvent[]> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=100`
  const answer = await account.call('GET', path)
  const events = (answer['chunk'] as unknown[]).flatMap((raw) => readRoomEvent(room, raw) ?? [])
  return events.filter((e) => e.type === 'm.room.message').reverse()
}
