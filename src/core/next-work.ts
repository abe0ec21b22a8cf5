/** What of the outbox is to be done now, and when to look again. Rules OUT-* in docs/spec.md. Pure. */
import { FORGET_MS, isTime, KEEP_TAKEN_MS, RESPONSES_AT_ONCE, type OutboxItem, type Payload } from './outbox.ts'
import type { EventId, RoomId, SiteId } from './ids.ts'

type Taken = Extract<OutboxItem['delivery'], { state: 'taken' }>

/** Taken at another site than the one in use, or at one that was restored since, and not known to be there (OUT-6, OUT-25). */
const inDoubt = ({ passed_on, site: at, doubted }: Taken, site: SiteId | null): boolean =>
  passed_on !== 'again' && (doubted === true || at !== site)

/** At the end of its day the site in use is asked for it once more, whichever took it (OUT-14). */
const ends = ({ passed_on, at, last }: Taken, now: number): boolean =>
  passed_on !== 'again' && passed_on !== 'no' && last === undefined && now - at >= KEEP_TAKEN_MS

/** An event is asked for by its id; a response, which a relay recognises by its own, is said once more. */
const isQuestion = (d: Taken, site: SiteId | null, now: number): boolean =>
  site !== null && (inDoubt(d, site) || ends(d, now))

/** When an item goes out, ms, 0 for at once; null: it does not. */
function goesOutAt({ payload, delivery: d }: OutboxItem, site: SiteId | null, now: number): number | null {
  switch (d.state) {
    case 'saved':
      return 0
    case 'waiting':
      return d.until
    case 'taken':
      return d.passed_on === 'again' || (payload.kind === 'response' && isQuestion(d, site, now))
        ? (d.until ?? 0)
        : null
    case 'sending':
    case 'refused':
    case 'withdrawn':
      return null
    default:
      return d satisfies never
  }
}

export type EventPayload = Extract<Payload, { kind: 'event' }>
export type Work =
  | { kind: 'responses'; items: OutboxItem[] }
  | { kind: 'event'; item: OutboxItem; payload: EventPayload }
  | { kind: 'check'; item: OutboxItem; payload: EventPayload; event_id: EventId }

/**
 * What may be done now, with `site` in use: due responses as one batch, and of each room its oldest item if that is due
 * (OUT-2, OUT-3). A room whose taken items are in doubt is asked for them before anything new goes into it (OUT-7).
 */
export function nextWork(items: readonly OutboxItem[], now: number, site: SiteId | null = null): Work[] {
  const sorted = items.toSorted((a, b) => a.seq - b.seq)
  const held = new Set<RoomId>()
  const work: Work[] = []
  for (const item of sorted) {
    const { payload, delivery: d } = item
    if (payload.kind !== 'event') continue
    const at = goesOutAt(item, site, now)
    if (d.state === 'taken' && d.event_id && isQuestion(d, site, now)) {
      if (isTime(d.until, now)) work.push({ kind: 'check', item, payload, event_id: d.event_id })
      if (d.passed_on !== 'no' && inDoubt(d, site)) held.add(payload.room)
    } else if (at !== null || d.state === 'sending') {
      if (at !== null && isTime(at, now) && !held.has(payload.room)) work.push({ kind: 'event', item, payload })
      held.add(payload.room)
    }
  }
  const responses = sorted
    .filter((i) => {
      const at = i.payload.kind === 'response' ? goesOutAt(i, site, now) : null
      return at !== null && isTime(at, now)
    })
    .slice(0, RESPONSES_AT_ONCE)
  return responses.length ? [{ kind: 'responses', items: responses }, ...work] : work
}

/** When something that waits will next be due by itself, ms, after `now`; null when nothing will. */
export function nextDue(items: readonly OutboxItem[], now: number, site: SiteId | null = null): number | null {
  const times = items.flatMap((i) => {
    const { delivery: d } = i
    const until = d.state === 'taken' && isQuestion(d, site, now) ? d.until : goesOutAt(i, site, now)
    return until !== undefined && until !== null && !isTime(until, now) ? [until] : []
  })
  return times.length ? Math.min(...times) : null
}

/** Nothing is left to be done for it: it had its day and was confirmed (OUT-14), or was withdrawn a while ago. */
export function isDone({ payload, delivery: d }: OutboxItem, now: number): boolean {
  if (d.state === 'withdrawn') return now - d.at >= FORGET_MS
  if (d.state !== 'taken' || d.passed_on === 'again' || now - d.at < KEEP_TAKEN_MS) return false
  // What has no id cannot be asked for.
  if (d.passed_on === 'no' || (payload.kind === 'event' && !d.event_id)) return true
  return d.last !== undefined && now - d.last >= FORGET_MS
}
