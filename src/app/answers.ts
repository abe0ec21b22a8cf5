/**
 * Answers are given here and on notifications. The worker's go into the outbox, which deals with them like any other; the
 * worker learns of ours, and sends what nobody has taken when a push wakes it. Rules NOTICE-* in docs/spec.md.
 */
import { advance } from '../core/advance.ts'
import type { OutboxItem } from '../core/outbox.ts'
import type { OwnAnswer, Ports } from '../core/ports.ts'
import { recall, remember } from './memory.ts'

type Exchange = Pick<Ports, 'inbox' | 'outbox' | 'settings'>

/**
 * Whether it went in; not when a later one was given here, or when this one was and is long forgotten by the outbox. That of
 * somebody else waits there for them, unless a relay has it (DEVICE-4).
 */
async function takeIn({ person, response, registered }: OwnAnswer, { outbox, settings }: Exchange): Promise<boolean> {
  const { id, alert, key, at } = response
  const mine = (await recall(settings, 'session'))?.person === person
  const known = (await recall(settings, 'responses')) ?? {}
  if (mine ? (known[alert]?.at ?? 0) >= at : registered) return false
  await outbox.add([{ client_id: id, person, created: at, payload: { kind: 'response', response } }])
  if (mine) await remember(settings, 'responses', { ...known, [alert]: { id, key, at } })
  return true
}

/** What one side knows of an answer, the other learns: a relay has it. */
async function level(answer: OwnAnswer, item: OutboxItem | undefined, { inbox, outbox }: Exchange): Promise<void> {
  const { response, registered } = answer
  if (registered && item?.delivery.state !== 'taken') {
    const { site, at } = registered
    const taken = (one: OutboxItem) =>
      one.delivery.state === 'taken' ? one : advance(one, { type: 'taken', site }, at, 0)
    await outbox.change([response.id], taken)
  } else if (!registered && item?.delivery.state === 'taken')
    await inbox.noteAnswer(response, { registered: { site: item.delivery.site, at: item.delivery.at } })
}

/** What was begun and broke off, here or in another window that was quicker, is gone on with at the next occasion. */
export async function exchangeAnswers(ports: Exchange): Promise<void> {
  const items = new Map((await ports.outbox.all()).map((item) => [item.client_id, item]))
  for (const answer of await ports.inbox.answers()) {
    const item = items.get(answer.response.id)
    if (item || (await takeIn(answer, ports))) await level(answer, item, ports)
  }
}
