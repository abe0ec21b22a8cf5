/** Writes tally events: what comes within a moment goes out together, and while one batch is out the next one gathers. */
import { TYPE } from '../../core/event.ts'
import type { AlertId } from '../../core/ids.ts'
import type { TallyContent, TallyEntry } from '../../core/response.ts'
import { tallies } from '../../core/tally.ts'
import type { Memory } from '../bot/memory.ts'
import type { Clock } from '../clock.ts'
import { HomeserverError, type Homeserver } from '../homeserver.ts'
import { unavailable } from '../http/errors.ts'
import { reasonOf, type Log } from '../log.ts'
import { uuidOf } from '../sha256.ts'

export interface TallyWriter {
  /** Resolves when the homeserver has taken the entry. Throws a 503. The same id at the same time is written once. */
  write(alert: AlertId, entry: TallyEntry): Promise<void>
  /** Resolves when what was under way has ended. */
  stop(): Promise<void>
}

interface Ports {
  knowledge: Pick<Memory, 'rooms' | 'noteRegistered'>
  homeserver: Pick<Homeserver, 'send'>
  clock: Clock
  log: Log
}

interface Pending {
  alert: AlertId
  entry: TallyEntry
  taken: () => void
  failed: (error: Error) => void
}

/** How long answers gather before they are written together, ms. */
const WINDOW = 50

export function createTallyWriter({ knowledge, homeserver, clock, log }: Ports): TallyWriter {
  const underWay = new Map<string, Promise<void>>()
  let pending: Pending[] = []
  let flushing: Promise<void> | null = null
  let cancel: (() => void) | null = null

  /** The same batch again is the same transaction, so the same event. */
  async function send(content: TallyContent): Promise<void> {
    const room = knowledge.rooms().find((r) => r.kind === 'lage')
    if (!room) throw unavailable('the Lage room is not known here')
    const ids = content.entries.map((e) => e.id)
    try {
      await homeserver.send(room.id, TYPE.tally, content, await uuidOf(ids.join(' ')))
    } catch (error) {
      log.warn({ reason: reasonOf(error), entries: ids.length }, 'tally was not taken')
      const retry = error instanceof HomeserverError ? error.retry_after_ms : undefined
      throw unavailable('the homeserver has not taken it', retry)
    }
    knowledge.noteRegistered(ids, clock.now())
  }

  async function flush(): Promise<void> {
    while (pending.length) {
      const batch = new Map(pending.map((p) => [p.entry.id, p]))
      pending = []
      const byAlert = Map.groupBy(batch.values(), (p) => p.alert)
      const contents = [...byAlert].flatMap(([alert, all]) =>
        tallies(
          alert,
          all.map((p) => p.entry),
        ),
      )
      await Promise.all(
        contents.map(async (content) => {
          const all = content.entries.flatMap((e) => batch.get(e.id) ?? [])
          await send(content).then(
            () => all.forEach((p) => p.taken()),
            (error: Error) => all.forEach((p) => p.failed(error)),
          )
        }),
      )
    }
    flushing = null
  }

  function start(): void {
    cancel = null
    flushing ??= flush()
  }

  return {
    write(alert, entry) {
      const same = underWay.get(entry.id)
      if (same) return same
      const written = new Promise<void>((taken, failed) => pending.push({ alert, entry, taken, failed }))
      const tracked = written.finally(() => underWay.delete(entry.id))
      underWay.set(entry.id, tracked)
      if (!flushing) cancel ??= clock.after(WINDOW, start)
      return tracked
    },
    async stop() {
      cancel?.()
      start()
      await flushing
    },
  }
}
