/**
 * The heartbeat, by which a relay notices that its homeserver was restored from a copy (SITE-23). The bot counts in its
 * own account data, and the relay keeps on its own disk how far the homeserver has confirmed it. Where that is no longer
 * there, the homeserver has gone back in time, and the epoch rises.
 *
 * Not an event in a room: federation brings those back, perhaps before anybody has looked. Account data stays gone.
 */
import type { DatabaseSync } from 'node:sqlite'
import * as v from 'valibot'
import { TYPE } from '../../core/event.ts'
import type { UserId } from '../../core/ids.ts'
import { parseOrNull } from '../../core/parse.ts'
import { pause, type Clock } from '../clock.ts'
import type { Homeserver } from '../homeserver.ts'
import { reasonOf, type Log } from '../log.ts'

/** Time between two beats, ms: what a restore may take back without being noticed by it. */
const BEAT = 10_000
/** A worker of the homeserver may lag behind another, ms: what is too low counts when it is the same once more. */
const AGAIN = 5_000

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const beatSchema = v.object({ v: v.literal(1), beat: count, epoch: count })
interface Kept {
  /** What the homeserver has confirmed; 0: nothing in this epoch. */
  beat: number
  epoch: number
}

export interface HeartbeatStore {
  read(): Kept
  write(kept: Kept): void
}

/** The beat belongs to the bot's account, the epoch to the site, whatever its bot is called. */
export function heartbeatStore(db: DatabaseSync, bot: UserId): HeartbeatStore {
  const beat = db.prepare('SELECT beat FROM heartbeat WHERE bot = ?')
  const epoch = db.prepare('SELECT MAX(epoch) AS epoch FROM heartbeat')
  const write = db.prepare('INSERT OR REPLACE INTO heartbeat (bot, beat, epoch) VALUES (?, ?, ?)')
  return {
    read: () => ({ beat: Number(beat.get(bot)?.['beat'] ?? 0), epoch: Number(epoch.get()?.['epoch'] ?? 0) }),
    write: (kept) => void write.run(bot, kept.beat, kept.epoch),
  }
}

export interface Heartbeat {
  /** How often the homeserver has gone back in time. It only rises. */
  epoch(): number
  /** Resolves after the first look, also where the homeserver was silent. */
  looked: Promise<void>
  /** A position that was given at `epoch` is of the future now. */
  wentBack(epoch: number): void
  stop(): Promise<void>
}

interface Ports {
  homeserver: Pick<Homeserver, 'accountData' | 'setAccountData'>
  user: UserId
  store: HeartbeatStore
  clock: Clock
  log: Log
  /** The epoch has risen. */
  raised: () => void
}

export function startHeartbeat({ homeserver, user, store, clock, log, raised }: Ports): Heartbeat {
  const end = new AbortController()
  const looked = Promise.withResolvers<void>()
  let kept = store.read()
  /** What was too low in the last look. */
  let low: number | null = null
  let failed = false

  function keep(next: Kept): void {
    store.write(next)
    kept = next
  }

  /** The beat is forgotten with it: after a crash the same restore is not counted twice. */
  function raise(): void {
    keep({ beat: 0, epoch: kept.epoch + 1 })
    log.warn({ epoch: kept.epoch }, 'the homeserver was restored from a copy')
    raised()
  }

  /** Reads before it writes: a beat would wipe out what tells of the restore. Time to the next, ms. */
  async function look(): Promise<number> {
    const there = parseOrNull(beatSchema, await homeserver.accountData(user, TYPE.heartbeat, end.signal))
    const found = there?.beat ?? 0
    if (found < kept.beat && found !== low) {
      low = found
      return AGAIN
    }
    low = null
    if (found < kept.beat) raise()
    // A relay that lost its file knows from here how often it was.
    if (there && there.epoch > kept.epoch) keep({ ...kept, epoch: there.epoch })
    const [beat, { epoch }] = [found + 1, kept]
    await homeserver.setAccountData(user, TYPE.heartbeat, { v: 1, beat, epoch }, end.signal)
    keep({ ...kept, beat })
    return BEAT
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      let next = BEAT
      try {
        next = await look()
        failed = false
      } catch (error) {
        if (!failed && !end.signal.aborted) log.warn({ reason: reasonOf(error) }, 'no heartbeat; trying on')
        failed = true
      }
      looked.resolve()
      await pause(clock, next, end.signal)
    }
  }

  const running = run()
  return {
    epoch: () => kept.epoch,
    looked: looked.promise,
    wentBack(epoch) {
      if (epoch === kept.epoch) raise()
    },
    async stop() {
      end.abort()
      await running
    },
  }
}
