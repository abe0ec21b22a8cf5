/**
 * One window of this device syncs and sends, the one that somebody looks at where there is one: browsers slow down or
 * freeze the others. Windows queue for a Web Lock, so that the next takes over by itself when one goes.
 */
import { openChannel } from './announce.ts'

/** Begins the work that only one window does; returns its end. `handOver`: this window cannot do it. */
type Lead = (handOver: () => void) => () => Promise<void>

/** `wanted`: one that is looked at waits. `here`: one that is looked at leads. `free`: nobody looks at the one that leads. */
type Word = 'wanted' | 'here' | 'free'

/** Who leads and says nothing for so long, ms, is frozen or cannot end its work: the lock is taken from it. */
const PATIENCE_MS = 3_000

/** A place in the queue, and the lead at its end. */
interface Turn {
  leads(): boolean
  /** Ends the work, then lets the next one lead. */
  end(): Promise<void>
  /** Lets the next one lead at once: this page is about to be frozen. */
  drop(): void
}

function takeTurn(name: string, steal: boolean, begin: () => () => Promise<void>, stolen: () => void): Turn {
  const left = new AbortController()
  const released = Promise.withResolvers<void>()
  let stop: (() => Promise<void>) | null = null
  const finish = async () => {
    const end = stop
    stop = null
    await end?.()
  }
  const done = navigator.locks
    .request(name, steal ? { steal } : { signal: left.signal }, () => {
      if (left.signal.aborted) return
      stop = begin()
      return released.promise
    })
    .catch((error: unknown) => {
      // Aborted while it waited: there is nothing to end.
      if (left.signal.aborted) return
      if (stop) {
        void finish()
        return stolen()
      }
      // Where the browser denies locks it denies storage too: this window stands alone, and leads.
      if (!(error instanceof DOMException && error.name === 'SecurityError')) throw error
      stop = begin()
    })
  return {
    leads: () => stop !== null,
    async end() {
      left.abort()
      await finish().finally(released.resolve)
      await done
    },
    drop() {
      left.abort()
      released.resolve()
      void finish()
    },
  }
}

/** Queues until the returned stop is called, which ends what was begun. */
export function leadOnce(name: string, lead: Lead, page: Window = window): () => Promise<void> {
  const { document } = page
  const channel = openChannel(`${name}-lead`)
  const say = (word: Word) => channel?.postMessage(word)
  const ended = new AbortController()
  const { signal } = ended
  const isSeen = () => document.visibilityState === 'visible'
  let turn: Turn | null = null
  let patience: ReturnType<typeof setTimeout> | undefined

  function queue(steal = false): void {
    const begin = () => {
      if (isSeen()) say('here')
      return lead(() => void giveWay())
    }
    turn = takeTurn(name, steal, begin, queue)
  }

  /** To the end of the queue: who waits goes first. */
  async function giveWay(): Promise<void> {
    const before = turn
    turn = null
    await before?.end()
    if (!signal.aborted) enter()
  }

  function enter(): void {
    if (!turn) queue()
    ask()
  }

  function ask(): void {
    if (!turn || turn.leads() || !isSeen()) return
    say('wanted')
    clearTimeout(patience)
    patience = setTimeout(() => {
      if (!turn || turn.leads() || !isSeen()) return
      turn.drop()
      queue(true)
    }, PATIENCE_MS)
  }

  function leave(): void {
    clearTimeout(patience)
    turn?.drop()
    turn = null
  }

  channel?.addEventListener('message', ({ data }: MessageEvent<Word>) => {
    if (data === 'here') clearTimeout(patience)
    else if (data === 'free') ask()
    else if (!isSeen()) void giveWay()
    else if (turn?.leads()) say('here')
  })
  const seen = () => {
    if (isSeen()) enter()
    else if (turn?.leads()) say('free')
  }
  document.addEventListener('visibilitychange', seen, { signal })
  // A page that leads when it is frozen, or put by for the way back, would hold the lock and do nothing.
  document.addEventListener('freeze', leave, { signal })
  document.addEventListener('resume', enter, { signal })
  page.addEventListener('pagehide', leave, { signal })
  page.addEventListener('pageshow', enter, { signal })

  enter()
  return async () => {
    ended.abort()
    channel?.close()
    clearTimeout(patience)
    await turn?.end()
  }
}
