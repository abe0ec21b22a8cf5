/** The other people of the agency, by REST: what they send and answer stands on the screens. */
import { randomUUID } from 'node:crypto'
import { alertMessage, type AlertContent } from '../../../src/core/alert.ts'
import { TYPE } from '../../../src/core/event.ts'
import type { AlertId, RoomId } from '../../../src/core/ids.ts'
import { request, type Homeserver } from '../../../src/server/homeserver.ts'
import type { RunningDeployment } from '../../../src/stack/deployment.ts'
import type { DemoSiteId } from '../../../src/stack/ports.ts'
import { logIn } from '../rest.ts'

export interface People {
  room(title: string): RoomId
  password(person: string): string
  /** Sends into each room of its audience. */
  alert(person: string, content: AlertContent): Promise<void>
  say(person: string, room: RoomId, text: string): Promise<void>
  /** Returns when the answer is registered. */
  answer(person: string, alert: AlertId, key: string, note?: string): Promise<void>
  /** From now on they are all at this site. */
  move(site: DemoSiteId): void
}

export function peopleOf({ describe }: RunningDeployment): People {
  let here: DemoSiteId = 'a'
  const site = () => describe().sites.find(({ id }) => id === here)!
  const password = (person: string) => describe().accounts.find((account) => account.person === person)!.password
  /** Sign-ins are few in a minute, so each is kept. */
  const accounts = new Map<string, Promise<Homeserver>>()
  const account = (person: string): Promise<Homeserver> => {
    const key = `${person} ${here}`
    const known = accounts.get(key) ?? logIn(site(), person, password(person))
    accounts.set(key, known)
    return known
  }

  return {
    room: (title) => describe().rooms.find((room) => room.title === title)!.room_id,
    password,
    move: (next) => (here = next),
    async alert(person, content) {
      const sender = await account(person)
      for (const room of content.audience.rooms)
        await sender.send(room, 'm.room.message', alertMessage(content, randomUUID()), randomUUID())
    },
    async say(person, room, body) {
      const content = { msgtype: 'm.text', body, [TYPE.clientId]: randomUUID() }
      await (await account(person)).send(room, 'm.room.message', content, randomUUID())
    },
    async answer(person, alert, key, note) {
      const sender = await account(person)
      const { relay } = site()
      const me = encodeURIComponent(await sender.whoami())
      const openid = await sender.call('POST', `/_matrix/client/v3/user/${me}/openid/request_token`, { body: {} })
      const session = { openid, device: randomUUID() }
      const { bearer } = await request(relay, 'POST', '/v1/session', { body: session })
      const response = { id: randomUUID(), alert, key, at: Date.now(), ...(note === undefined ? {} : { note }) }
      const { registered } = await request(relay, 'POST', '/v1/responses', {
        body: { v: 1, responses: [response] },
        token: String(bearer),
      })
      if (!(registered as string[]).includes(response.id)) throw new Error(`the answer of ${person} was refused`)
    },
  }
}
