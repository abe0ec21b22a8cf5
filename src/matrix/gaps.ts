/**
 * Fetches what a sync left out. A gap is walked back page by page until a page holds nothing new, or more messages than
 * are kept, and only then written, whole: what was cut off is walked again after a restart (intake.ts keeps the position
 * back until then).
 */
import * as v from 'valibot'
import { readRoomEvent, type RoomEvent } from '../core/event.ts'
import type { RoomId } from '../core/ids.ts'
import { parseOrNull } from '../core/parse.ts'
import type { Account, Clock, Projection } from '../core/ports.ts'
import { classOf, LET_GO_AT } from '../core/retention.ts'
import { failureOf } from './failure.ts'
import { LEFT_OUT } from './filter.ts'
import { request, roomPath } from './request.ts'

/** Most pages of one gap: 2,000 events. Of a room that was never here before, one. */
const PAGES = 20
const PAGE = 100
/** For a page on the slowest network. */
const PAGE_MS = 60_000
const AT_ONCE = 3
const RETRY_MS = 5_000
/**
 * A homeserver that was away fetches what it missed while it is asked, and says nothing of what it still lacks: a first
 * walk found 411 of 500 events, a second one 13 of 15. So a gap is walked again, as far as before, until that brings nothing.
 */
const LOOK_AGAIN_MS = 20_000
/** Most walks of one gap: five minutes. */
const LOOKS = 15

export interface Gap {
  room: RoomId
  /**
   * Walks back from here: the end of the sync that left something out. Not its `prev_batch`: where a timeline begins
   * with an event that the homeserver has fetched late, Synapse shows from there only what it fetched later still.
   */
  from: string
  /** The room was here before; else one page of its past is enough. */
  known: boolean
}

interface Walk extends Gap {
  /** So many pages at least, also where they hold nothing new. */
  least: number
  /** Walks that came to their end. */
  looks: number
}

const pageBody = v.object({ chunk: v.array(v.unknown()), end: v.optional(v.string()) })
const FILTER = encodeURIComponent(
  JSON.stringify({ lazy_load_members: true, not_types: [...LEFT_OUT, 'm.room.member'] }),
)

const messagesIn = (events: readonly RoomEvent[]) => events.filter((e) => classOf(e, null) === 'message').length

export interface Gaps {
  add(gaps: Gap[]): void
  /** Gaps that are not closed yet. */
  open(): number
}

export function openGaps(
  { projection, clock, said }: { projection: Projection; clock: Clock; said: (events: readonly RoomEvent[]) => void },
  account: Account,
  signal: AbortSignal,
  closed: () => void,
): Gaps {
  const waiting: Walk[] = []
  let running = 0
  let unclosed = 0

  /** Pages walked, `null`: try again later. */
  async function walk({ room, from, known, least }: Walk): Promise<{ pages: number; news: RoomEvent[] } | null> {
    const news: RoomEvent[] = []
    let token: string | undefined = from
    let pages = 0
    for (const most = known ? PAGES : 1; token !== undefined && pages < most; pages += 1) {
      const query = `dir=b&limit=${PAGE}&filter=${FILTER}&from=${encodeURIComponent(token)}`
      const answer = await request(account, 'GET', `${roomPath(room, 'messages')}?${query}`, {
        signal,
        timeout: PAGE_MS,
      })
      if (!answer.ok && failureOf(answer).fate === 'wait') return null
      const page = answer.ok ? parseOrNull(pageBody, answer.body) : null
      const events = page?.chunk.flatMap((raw) => readRoomEvent(room, raw) ?? []) ?? []
      const here = await projection.knows(room, events)
      const fresh = events.filter((e) => !here.has(e.event_id))
      news.push(...fresh)
      const goesOn = (fresh.length || pages + 1 < least) && messagesIn(news) < LET_GO_AT
      token = goesOn ? page?.end : undefined
    }
    return { pages, news }
  }

  async function close(gap: Walk): Promise<void> {
    const done = await walk(gap).catch(() => null)
    if (signal.aborted) return
    if (!done) return later(gap, RETRY_MS)
    try {
      if (done.news.length) await projection.add(gap.room, { timeline: done.news })
      said(done.news)
    } catch {
      return later(gap, RETRY_MS)
    }
    const [looks, least] = [gap.looks + 1, Math.max(gap.least, done.pages)]
    const mayLack = gap.known && (looks === 1 || done.news.length > 0)
    if (mayLack && looks < LOOKS) return later({ ...gap, least, looks }, LOOK_AGAIN_MS)
    unclosed -= 1
    if (unclosed === 0) closed()
  }

  function later(gap: Walk, ms: number): void {
    const cancel = clock.at(clock.now() + ms, () => {
      signal.removeEventListener('abort', cancel)
      waiting.push(gap)
      next()
    })
    signal.addEventListener('abort', cancel, { once: true })
  }

  function next(): void {
    while (running < AT_ONCE && waiting.length && !signal.aborted) {
      running += 1
      void close(waiting.shift()!).finally(() => {
        running -= 1
        next()
      })
    }
  }

  return {
    add(gaps) {
      unclosed += gaps.length
      waiting.push(...gaps.map((gap) => ({ ...gap, least: 1, looks: 0 })))
      next()
    },
    open: () => unclosed,
  }
}
