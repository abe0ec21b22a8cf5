/** Tells the outbox what a sync brings back of what was sent from here (OUT-24). */
import { advance } from '../../core/advance.ts'
import { personOf, siteOfUser } from '../../core/deployment.ts'
import { clientIdOf, type RoomEvent } from '../../core/event.ts'
import type { OutboxItem } from '../../core/outbox.ts'
import type { Context } from './context.ts'

export function noteEchoes({ ports, session, deployment, trouble }: Context) {
  const { clock, outbox } = ports

  function noted(item: OutboxItem, events: readonly RoomEvent[]): OutboxItem {
    if (item.person !== session.person || item.payload.kind !== 'event') return item
    const { room } = item.payload
    return events
      .filter((event) => event.room_id === room && clientIdOf(event) === item.client_id)
      .reduce((now, { sender, event_id, origin_server_ts: at }) => {
        const site = siteOfUser(deployment, sender)?.id
        return site ? advance(now, { type: 'echoed', site, event_id, at }, clock.now(), 0) : now
      }, item)
  }

  return (events: readonly RoomEvent[]): void => {
    const own = events.filter(({ sender }) => personOf(deployment, sender) === session.person)
    const ids = [...new Set(own.flatMap((event) => clientIdOf(event) ?? []))]
    if (ids.length) void outbox.change(ids, (item) => noted(item, own)).catch(trouble)
  }
}
