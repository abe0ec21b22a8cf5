/**
 * Takes sync answers into the projection. The position on disk moves with the rows, and stays behind while a gap is
 * open: whoever starts from it meets the gap again.
 */
import { wentBack } from '../core/epoch.ts'
import type { RoomEvent } from '../core/event.ts'
import type { RoomId } from '../core/ids.ts'
import type { Account, Clock, Projection, SyncBatch } from '../core/ports.ts'
import { stateKey, type RoomRecord } from '../core/room.ts'
import { openGaps } from './gaps.ts'
import { creation } from './rooms.ts'
import { readSync } from './sync-answer.ts'

const CREATION_MS = 10_000
const DISK_RETRY_MS = 5_000

export interface Intake {
  take(answer: { next_batch: string }): Promise<void>
}

export interface IntakePorts {
  projection: Projection
  clock: Clock
  /** There may be rooms to join, or fewer: it is known where the account is in, one was offered to it, named by a space, or left. */
  rooms: () => void
  /** What was said in the rooms, once it is written. */
  said: (events: readonly RoomEvent[]) => void
  /** The homeserver is a copy from before `since`; true when we start anew, and this answer is nothing to go on from. */
  restored: () => boolean
  /** The disk did not take it; tried again. */
  trouble: (error: unknown) => void
}

const isCreated = ({ state }: RoomRecord) => state.has(stateKey('m.room.create'))
const childOf = (event: RoomEvent) => (event.type === 'm.space.child' ? [event.state_key] : [])

/** The creation may have been fetched before any sync. */
const wasSynced = ({ state, timeline }: RoomRecord) =>
  timeline.length > 0 || [...state.values()].some(({ type }) => type !== 'm.room.create')

export async function openIntake(
  ports: IntakePorts,
  account: Account,
  named: readonly RoomId[],
  since: string | null,
  signal: AbortSignal,
): Promise<Intake> {
  const { projection, clock } = ports
  const names = new Set(named)
  const { rooms: records } = await projection.load()
  const known = new Set([...records.values()].filter(wasSynced).map((r) => r.id))
  const created = new Set([...records.values()].filter(isCreated).map((r) => r.id))
  /** What spaces have named: what strangers offer is of no concern. */
  const children = new Set([...records.values()].flatMap((r) => [...r.state.values()].flatMap(childOf)))
  /** What was taken last, and where a restart goes on. */
  let last = since
  let held = since

  const gaps = openGaps(ports, account, signal, () => {
    held = last
    void write({ initial: false, rooms: [], left: [] })
  })

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = clock.at(clock.now() + ms, resolve)
      signal.addEventListener('abort', () => (cancel(), resolve()), { once: true })
    })

  async function untilWritten(batch: Omit<SyncBatch, 'account' | 'next_batch'>): Promise<void> {
    while (!signal.aborted) {
      try {
        return await projection.apply({ ...batch, account: account.user, next_batch: held }, clock.now())
      } catch (error) {
        ports.trouble(error)
        await pause(DISK_RETRY_MS)
      }
    }
  }

  let written = Promise.resolve()
  /** One batch after the other, also where the disk is full for a while: no position is written before its rows. */
  const write = (batch: Omit<SyncBatch, 'account' | 'next_batch'>) =>
    (written = written.then(() => untilWritten(batch)))

  const uncreated = () => named.filter((id) => known.has(id) && !created.has(id))
  async function addCreations(): Promise<void> {
    await Promise.all(
      uncreated().map(async (id) => {
        const event = await creation(account, id, { signal, timeout: CREATION_MS })
        if (!event || signal.aborted) return
        await projection.add(id, { state: [event] })
        created.add(id)
      }),
    ).catch(ports.trouble)
  }

  return {
    async take(answer) {
      if (signal.aborted) return
      const initial = last === null
      const { rooms, left, invited, read } = readSync(answer, names)
      if (last !== null && wentBack(last, answer.next_batch) && ports.restored()) return
      const from = answer.next_batch
      const limited = rooms.flatMap(({ id: room, limited }) =>
        limited ? [{ room, from, known: known.has(room) }] : [],
      )
      const news = rooms.filter(({ id }) => !known.has(id))
      for (const { id } of news) known.add(id)
      for (const id of left) {
        known.delete(id)
        created.delete(id)
      }
      const creations = addCreations()
      // Before a room's first rows: without it nobody stands above the levels, and alerts of bots count for nothing.
      if (initial || news.length) await creations
      last = answer.next_batch
      gaps.add(limited)
      if (gaps.open() === 0) held = last
      await write({ initial, rooms, left, read })
      ports.said(rooms.flatMap(({ timeline }) => timeline))
      const offered = rooms.flatMap(({ state }) => state.flatMap(childOf))
      for (const id of offered) children.add(id)
      if (initial || offered.length || left.length || invited.some((id) => children.has(id))) ports.rooms()
    },
  }
}
