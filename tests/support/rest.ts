/** Reads a room from a homeserver by REST: what is there counts, not what a screen says. */
import { Homeserver, request } from '../../src/server/homeserver.ts'
import type { RoomId } from '../../src/core/ids.ts'
import type { DemoFile } from '../../src/stack/demo-file.ts'

export async function logIn(site: DemoFile['sites'][number], person: string, password: string): Promise<Homeserver> {
  const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user: person }, password }
  const answer = await request(site.homeserver, 'POST', '/_matrix/client/v3/login', { body })
  return new Homeserver(site.homeserver, answer['access_token'] as string)
}

/** Bodies of the newest messages of a room, oldest first. */
export async function bodiesOf(account: Homeserver, room: RoomId): Promise<string[]> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=100`
  const answer = await account.call('GET', path)
  const events = answer['chunk'] as { type: string; content: { body?: string } }[]
  return events.flatMap((e) => (e.type === 'm.room.message' && e.content.body ? [e.content.body] : [])).reverse()
}
