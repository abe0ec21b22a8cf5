/** How it is noticed that a homeserver was restored from a copy (docs/protocol.md, Epoch). */
import * as v from 'valibot'
import type { Deployment } from './deployment.ts'
import { TYPE } from './event.ts'
import type { SiteId } from './ids.ts'
import { parseOrNull } from './parse.ts'
import { stateOf, type RoomRecord } from './room.ts'

/** Synapse's positions begin with the number of the newest event, `s72_…`, or of the writer furthest behind, `m72~…`. */
const eventsOf = (position: string) => Number(/^[sm](\d+)/.exec(position)?.[1] ?? NaN)

/** Whether a homeserver has gone back in time: one restored from a copy answers 200 and nothing (docs/protocol.md, Epoch). */
export const wentBack = (since: string, next: string): boolean => eventsOf(next) < eventsOf(since)

const siteState = v.object({ v: v.literal(1), epoch: v.number() })

/** The epoch of each site, as its own bot has last said it in any room: some rooms may hear of it late. */
export function epochsIn({ sites }: Deployment, rooms: Iterable<RoomRecord>): Record<SiteId, number> {
  const all = [...rooms]
  const epochs = sites.flatMap(({ id, bot }) => {
    const events = all.flatMap((room) => stateOf(room, TYPE.site, id) ?? []).filter(({ sender }) => sender === bot)
    const said = events.flatMap(({ content }) => parseOrNull(siteState, content)?.epoch ?? [])
    return said.length ? [[id, Math.max(...said)] as const] : []
  })
  return Object.fromEntries(epochs)
}
