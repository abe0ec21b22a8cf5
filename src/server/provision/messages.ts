/** First messages of a plan, each sent once by the person it is from. For demo and tests. */
import { createHash } from 'node:crypto'
import { TYPE } from '../../core/event.ts'
import type { RoomId } from '../../core/ids.ts'
import { uuidFrom } from '../../core/uuid.ts'
import type { Homeserver } from '../homeserver.ts'
import { asPerson } from './accounts.ts'
import type { ProvisionSite } from './desired.ts'
import type { Ledger } from './ledger.ts'
import { patiently } from './patient.ts'
import type { PlanMessage } from './plan.ts'

/** The same message of the same plan is recognised by it, whenever and wherever it is sent. */
export const clientIdOf = ({ room, from, text }: PlanMessage): string =>
  uuidFrom(createHash('sha256').update(`${room}\n${from}\n${text}`).digest(), 8)

async function clientIdsIn(bot: Homeserver, room: RoomId): Promise<Set<unknown>> {
  const ids = new Set<unknown>()
  for (let from: string | null = null; ;) {
    const page: Awaited<ReturnType<Homeserver['messages']>> = await patiently(() =>
      bot.messages(room, from, ['m.room.message']),
    )
    for (const event of page.events) ids.add(event.content[TYPE.clientId])
    if (!page.end) return ids
    from = page.end
  }
}

/** Sends the messages of one room that are not in it, in the plan's order, at the given site. */
export async function ensureMessages(
  bot: Homeserver | null,
  site: ProvisionSite,
  room: { id: RoomId | null; title: string },
  messages: PlanMessage[],
  passwords: Readonly<Record<string, string>>,
  ledger: Ledger,
): Promise<void> {
  if (!messages.length) return
  const present = bot && room.id ? await clientIdsIn(bot, room.id) : new Set()
  for (const message of messages) {
    const client_id = clientIdOf(message)
    const password = passwords[message.from]
    if (present.has(client_id) || password === undefined) continue
    const content = { msgtype: 'm.text', body: message.text, [TYPE.clientId]: client_id }
    await ledger.change(`+ ${room.title}: message of ${message.from}`, () =>
      asPerson(site, message.from, password, (account) =>
        patiently(() => account.send(room.id!, 'm.room.message', content, client_id)),
      ),
    )
  }
}
