/** Alerts that this device has sent, as its outbox knows them: also those that no room shows yet. */
import { alertSchema, type AlertContent } from './alert.ts'
import { TYPE } from './event.ts'
import type { AlertId } from './ids.ts'
import type { OutboxItem } from './outbox.ts'
import { parseOrNull } from './parse.ts'

export interface Dispatch {
  content: AlertContent
  /** One a room. */
  items: OutboxItem[]
}

/** Of each alert the highest revision that is in the outbox. */
export function dispatches(outbox: readonly OutboxItem[]): Dispatch[] {
  const newest = new Map<AlertId, Dispatch>()
  for (const item of outbox) {
    const content = item.payload.kind === 'event' && parseOrNull(alertSchema, item.payload.content[TYPE.alert])
    if (!content) continue
    const known = newest.get(content.id)
    if (!known || known.content.rev < content.rev) newest.set(content.id, { content, items: [item] })
    else if (known.content.rev === content.rev) known.items.push(item)
  }
  return [...newest.values()]
}

/** Where it stands in all rooms together: the one that is furthest behind counts, what was refused before all. */
export function slowest(items: readonly OutboxItem[]): OutboxItem['delivery'] | null {
  const order = ['refused', 'waiting', 'saved', 'sending', 'taken'] as const
  const deliveries = items.map((item) => item.delivery)
  const state = order.find((s) => deliveries.some((d) => d.state === s))
  return deliveries.findLast((d) => d.state === state) ?? null
}
