/**
 * What the worker puts by for the page, and what the page tells the worker. A database of its own, version 1 for ever: an
 * old worker must never meet a migrated one. Hence one store of rows under keys that say what they are; new kinds get new
 * keys, never a new version. Used by page and worker alike, so nothing of the DOM here.
 */
import type { IDBPDatabase } from 'idb'
import * as v from 'valibot'
import { alertRevisionSchema, type AlertRevision } from '../core/alert.ts'
import { countSchema, type Count } from '../core/badge.ts'
import { personId, roomId, timestamp, uuid, type RoomId } from '../core/ids.ts'
import { parseOrNull } from '../core/parse.ts'
import type { Inbox, WorkerAccess } from '../core/ports.ts'
import { announcer, something } from './announce.ts'
import { database, type Keeper } from './database.ts'
import { answerRows, type AnswerRows, type Rows } from './inbox-answers.ts'

/** More than a crisis brings in a day, and small enough to read at every start. */
const MAX_ALERTS = 50
/** More rooms than anybody reads without opening the app. */
const MAX_ROOMS = 50
/** A link that nobody followed within this time, ms, must not surprise a later start. */
const LINK_LIVES = 5 * 60_000

const alertRow = v.object({ revision: alertRevisionSchema, received_at: timestamp })
type AlertRow = v.InferOutput<typeof alertRow>
const testRow = v.object({ id: uuid, sent_at: timestamp, received_at: timestamp })
const roomsRow = v.array(v.object({ room: roomId, received_at: timestamp }))
const linkRow = v.object({ path: v.pipe(v.string(), v.regex(/^\/(?!\/)/)), at: timestamp })

const accessRow = v.object({
  person: personId,
  bearer: v.string(),
  relays: v.array(v.object({ site: v.string(), url: v.string() })),
  offset: v.number(),
})

const alertKey = ({ content }: AlertRevision) => `alert/${content.id}/${content.rev}`
const allAlerts = () => IDBKeyRange.bound('alert/', 'alert/\uffff')
const readAlerts = (rows: unknown[]): AlertRow[] =>
  rows.map((row) => parseOrNull(alertRow, row)).filter((row) => row !== null)

/** The worker's side of the inbox. */
export interface InboxDoor extends Pick<AnswerRows, 'giveAnswer'> {
  /** Returns the highest revision of this alert that has been pushed so far. */
  putAlert(revision: AlertRevision): Promise<AlertRevision>
  putTest(test: { id: string; sent_at: number }): Promise<void>
  /** Where the app shall go once a window is there: a path of this origin. */
  putDeepLink(path: string): Promise<void>
  /** Messages have come in a room. */
  putRoom(room: RoomId): Promise<void>
  /** Of each room the last time, of late. */
  rooms(): Promise<v.InferOutput<typeof roomsRow>>
  /** Open windows shall look: at the push subscription, at what became of an answer. Later ones do so anyway. */
  tell(): void
  /** Null: the page has not been here since somebody signed in. */
  access(): Promise<WorkerAccess | null>
  counted(): Promise<Count | null>
}

export type OpenInbox = Inbox & InboxDoor

export function openInbox(now: () => number = Date.now, name = 'notanker-inbox', keeper?: Keeper): OpenInbox {
  const upgrade = (db: IDBPDatabase<Rows>) => void db.createObjectStore('rows')
  const open = database<Rows>(name, 1, upgrade, keeper)
  const changes = announcer(name, something)

  async function put(key: string, row: unknown): Promise<void> {
    await (await open()).put('rows', row, key)
    changes.announce()
  }

  /** Reads and removes in one transaction, so that of two windows only one gets it. */
  async function take(key: string): Promise<unknown> {
    const tx = (await open()).transaction('rows', 'readwrite')
    const row = await tx.store.get(key)
    await tx.store.delete(key)
    await tx.done
    return row
  }

  return {
    async putAlert(revision) {
      const tx = (await open()).transaction('rows', 'readwrite')
      const before = readAlerts(await tx.store.getAll(allAlerts()))
      // A copy that comes later, from another relay or as a reminder, leaves the time of the first.
      const copy = before.some((row) => alertKey(row.revision) === alertKey(revision))
      const rows = copy ? before : [...before, { revision, received_at: now() }]
      if (!copy) await tx.store.put(rows.at(-1), alertKey(revision))
      const surplus = rows.toSorted((a, b) => b.received_at - a.received_at).slice(MAX_ALERTS)
      for (const row of surplus) await tx.store.delete(alertKey(row.revision))
      await tx.done
      changes.announce()
      const revisions = rows.map((row) => row.revision).filter((r) => r.content.id === revision.content.id)
      return revisions.reduce((highest, r) => (r.content.rev > highest.content.rev ? r : highest), revision)
    },
    putTest: (test) => put('test', { ...test, received_at: now() } satisfies v.InferOutput<typeof testRow>),
    async putRoom(room) {
      const tx = (await open()).transaction('rows', 'readwrite')
      const before = parseOrNull(roomsRow, await tx.store.get('rooms')) ?? []
      const others = before.filter((row) => row.room !== room)
      await tx.store.put([{ room, received_at: now() }, ...others].slice(0, MAX_ROOMS), 'rooms')
      await tx.done
      changes.announce()
    },
    rooms: async () => parseOrNull(roomsRow, await (await open()).get('rows', 'rooms')) ?? [],
    putDeepLink: (path) => put('link', { path, at: now() } satisfies v.InferOutput<typeof linkRow>),
    tell: () => changes.announce(),
    access: async () => parseOrNull(accessRow, await (await open()).get('rows', 'access')),
    async putAccess(access) {
      await (await open()).put('rows', access, 'access')
    },
    counted: async () => parseOrNull(countSchema, await (await open()).get('rows', 'count')),
    async putCount(count) {
      await (await open()).put('rows', { ...count, at: now() } satisfies Count, 'count')
    },

    ...answerRows(open, changes.announce),

    async alerts() {
      return readAlerts(await (await open()).getAll('rows', allAlerts()))
    },
    async lastTest() {
      return parseOrNull(testRow, await (await open()).get('rows', 'test'))
    },
    async takeDeepLink() {
      const link = parseOrNull(linkRow, await take('link'))
      return link && now() - link.at < LINK_LIVES ? link.path : null
    },
    async clear() {
      await (await open()).clear('rows')
    },
    onChange: changes.onChange,
  }
}
