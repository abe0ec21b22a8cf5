/** The lines of a room: messages with a mark for each new day and each switch of the site. Pure. */
import { isUnderWay } from '../../../core/outbox.ts'
import type { TimelineEntry } from '../../../core/timeline.ts'
import type { SiteId } from '../../../core/ids.ts'

type Message = Extract<TimelineEntry, { kind: 'message' }>
type Unreadable = Extract<TimelineEntry, { kind: 'unreadable' }>
type Switch = Extract<TimelineEntry, { kind: 'switch' }>

export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'switch'; key: string; at: number; site: string; drill: boolean }
  | { kind: 'unreadable'; key: string; entry: Unreadable; head: boolean }
  | {
      kind: 'message'
      key: string
      entry: Message
      /** Somebody else begins to speak: their name stands above. */
      head: boolean
      /** The site that took it, once the room has seen a switch. */
      via: string | null
      /** It waits for an earlier one of mine. */
      behind: boolean
    }

/** Messages of one person closer than this stand under one name, ms. */
const TOGETHER_MS = 5 * 60_000

/**
 * Switches are declared in the alert rooms; every room shows them where they happened (ROOM-9), each once. The first
 * declaration, which the agency is set up with, moves nobody, nor does one that names the same site again.
 */
export function withSwitches(
  entries: readonly TimelineEntry[],
  alertRooms: readonly (readonly TimelineEntry[])[],
): TimelineEntry[] {
  const switches = new Map<string, Switch>()
  for (const entry of alertRooms.flat()) {
    if (entry.kind === 'switch' && entry.site.by !== 'provision' && entry.site.from !== entry.site.site)
      switches.set(`${entry.site.site} ${String(entry.site.since)}`, entry)
  }
  const messages = entries.filter((e) => e.kind !== 'switch')
  // What waits here stays at the end, however old it is.
  const settled = messages.filter((e) => !isWaiting(e))
  const sorted = [...settled, ...switches.values()].toSorted((a, b) => a.at - b.at)
  const first = settled[0]?.at ?? Number.POSITIVE_INFINITY
  return [...sorted.filter((e) => e.kind !== 'switch' || e.at >= first), ...messages.filter(isWaiting)]
}

const isWaiting = (entry: TimelineEntry) =>
  entry.kind === 'message' && entry.mine !== null && entry.mine.state !== 'taken'

const dayOf = (at: number) => new Date(at).toDateString()

export function rowsOf(entries: readonly TimelineEntry[], siteName: (id: SiteId) => string): Row[] {
  const rows: Row[] = []
  let [day, moved, open] = ['', false, false]
  let before: TimelineEntry | undefined
  for (const entry of entries) {
    if (!isWaiting(entry) && dayOf(entry.at) !== day) {
      day = dayOf(entry.at)
      rows.push({ kind: 'day', key: `day ${day}`, at: entry.at })
      before = undefined
    }
    if (entry.kind === 'switch') {
      moved = true
      const { site, status } = entry.site
      rows.push({ kind: 'switch', key: entry.key, at: entry.at, site: siteName(site), drill: status === 'Exercise' })
    } else {
      const head =
        !before || before.kind === 'switch' || before.person !== entry.person || entry.at - before.at > TOGETHER_MS
      if (entry.kind === 'unreadable') rows.push({ kind: 'unreadable', key: entry.key, entry, head })
      else {
        const site = entry.mine?.state === 'taken' ? entry.mine.site : null
        const behind = open && entry.mine?.state === 'saved'
        rows.push({ kind: 'message', key: entry.key, entry, head, via: moved && site ? siteName(site) : null, behind })
        open ||= entry.mine !== null && isUnderWay(entry.mine)
      }
    }
    before = entry
  }
  return rows
}
