/**
 * One window of this device syncs and sends, the one that somebody looks at where there is one: browsers slow down or
 * freeze the others. Windows queue for a Web Lock, so that the next takes over by itself when one goes.
 */
import { openChannel } from './announce.ts'
import { followPage } from './page.ts'

/** Begins the work that only one window does; returns its end. `handOver`: this window cannot do it. */
type Lead = (handOver: () => void) => () => Promise<void>

/** `wanted`: one that is looked at waits. `here`: one that is looked at leads. `free`: nobody looks at the one that leads. */
type Word = 'wanted' | 'here' | 'free'

/**
 * Who leads and says nothing for so long, ms, hangs or is frozen. A slow phone that starts is busy for less. As long
 * after an answer it is asked again.
 */
const PATIENCE_MS = 10_000
/** How long the end of the work is waited for, ms. It begins nothing more; requests may be out that a frozen network holds. */
const ENDING_MS = 2_000

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
  navigator.locks
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
      const enough = new Promise((resolve) => setTimeout(resolve, ENDING_MS))
      await Promise.race([finish(), enough]).finally(released.resolve)
    },
    drop() {
      left.abort()
      released.resolve()
      void finish()
    },
  }
}

/** Queues for as long as this page lives. */
export function leadOnce(name: string, lead: Lead, page: Window = window): void {
  const { document } = page
  const channel = openChannel(`${name}-lead`)
  const say = (word: Word) => channel?.postMessage(word)
  const isSeen = () => document.visibilityState === 'visible'
  /** Null: this page is frozen, or on its way to the end of the queue. */
  let turn: Turn | null = null
  let patience: ReturnType<typeof setTimeout> | undefined
  const wait = (run: () => void) => {
    clearTimeout(patience)
    patience = setTimeout(run, PATIENCE_MS)
  }
  /** False from its failing to lead until it is looked at anew: it would get back what it has handed over. */
  let able = true
  const wants = () => able && isSeen() && turn?.leads() === false

  function queue(steal = false): void {
    const handOver = () => {
      able = false
      void giveWay()
    }
    const begin = () => {
      clearTimeout(patience)
      say(isSeen() ? 'here' : 'free')
      return lead(handOver)
    }
    turn = takeTurn(name, steal, begin, queue)
  }

  /** To the end of the queue: who waits goes first. */
  async function giveWay(): Promise<void> {
    const before = turn
    turn = null
    await before?.end()
    if (!turn) queue()
  }

  function enter(): void {
    able = true
    if (!turn) queue()
    ask()
  }

  function ask(): void {
    if (!wants()) return
    say('wanted')
    wait(() => {
      if (!wants()) return
      turn?.drop()
      queue(true)
    })
  }

  function leave(): void {
    clearTimeout(patience)
    turn?.drop()
    turn = null
  }

  channel?.addEventListener('message', ({ data }: MessageEvent<Word>) => {
    if (data === 'here') wait(ask)
    else if (data === 'free') ask()
    else if (!isSeen()) void giveWay()
    // By a timer: where a dialog of the browser stops the page, some still give it messages, but no timer runs.
    else setTimeout(() => turn?.leads() && say('here'))
  })
  document.addEventListener('visibilitychange', () => {
    if (isSeen()) enter()
    else if (turn?.leads()) say('free')
  })
  // A page that leads when it is frozen, or put by for the way back, would hold the lock and do nothing.
  followPage(page, leave, enter)

  enter()
}
