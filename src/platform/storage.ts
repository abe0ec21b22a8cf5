/**
 * The device's storage as the app meets it: denied, full, damaged, emptied, silent. Databases report here, screens read it.
 * Rules DEVICE-* in docs/spec.md.
 */
import type { StorageName, StoragePort, StorageState } from '../core/ports.ts'
import type { Keeper } from './database.ts'
import { presenceOf } from './page.ts'
import { noticeSilence } from './silence.ts'

const NAMES: readonly StorageName[] = ['settings', 'projection', 'outbox', 'inbox']
const nameOf = (database: string) => NAMES.find((name) => database === `notanker-${name}`)
/** What a damaged database says; a newer one (`VersionError`) or a full disk is not damaged. */
const DAMAGED = ['UnknownError', 'DataError', 'NotReadableError', 'NotFoundError', 'EncodingError']
/** How often it is looked whether there is room again, ms. */
const LOOK_FOR_ROOM = 5_000

const kindOf = (error: unknown): string => (error instanceof Error || error instanceof DOMException ? error.name : '')

/** A number outside of the databases: it tells of what was in them. */
const keptApart = (key: string): StoragePort['unsent'] => ({
  read() {
    try {
      return Number(localStorage.getItem(key)) || 0
    } catch {
      return 0
    }
  },
  write(count) {
    try {
      if (count) localStorage.setItem(key, String(count))
      else localStorage.removeItem(key)
    } catch {
      // Denied or full: then nothing can be said of a loss later.
    }
  },
})

export interface Watching<T> {
  /** May be deleted when it is damaged, because everything in it can be had again. */
  rebuild?: boolean
  /** Given up for good when the page leaves: when it is back, somebody else may have written, or signed out. */
  once?: readonly (keyof T)[]
}

export interface StorageKeeper extends StoragePort, Keeper {
  /**
   * The port with each of its promises watched. What met a handle that was closed under it, or was given up because the page
   * left, is done once more.
   */
  watch<T extends object>(name: StorageName, port: T, how?: Watching<T>): T
}

export interface StorageWays {
  /** Puts a storage into the window's memory, for a browser that has none for us. */
  memory: () => Promise<unknown>
  /** Lets go of what can be had again; resolves with whether there was any. */
  makeRoom: () => Promise<boolean>
  page?: Window
}

export function keepStorage({ memory, makeRoom, page = window }: StorageWays): StorageKeeper {
  const listeners = new Set<() => void>()
  const rebuilders = new Map<string, () => Promise<void>>()
  const rebuilt = new Set<StorageName>()
  const presence = presenceOf(page)
  let state: StorageState = { memory: false, full: false, broken: [], silent: [], emptied: 0, persisted: null }

  function become(change: Partial<StorageState>): void {
    state = { ...state, ...change }
    listeners.forEach((run) => run())
  }
  const waitFor = noticeSilence(presence.isAway, (silent) => become({ silent }))
  const mended = (name: StorageName) => {
    if (state.broken.includes(name)) become({ broken: state.broken.filter((other) => other !== name) })
  }
  async function rebuild(name: StorageName): Promise<void> {
    await rebuilders.get(`notanker-${name}`)?.()
    mended(name)
  }

  /** Asking is the cheapest use: it creates nothing, and it is refused where everything is. */
  async function begin(): Promise<void> {
    try {
      await indexedDB.databases()
    } catch (error) {
      // Firefox looks into each database for its name: one that is damaged speaks for no other.
      if (DAMAGED.includes(kindOf(error))) return
      try {
        await memory()
        become({ memory: true })
      } catch {
        become({ broken: [...NAMES] })
      }
    }
  }
  const begun = begin()

  async function measure(): Promise<void> {
    const persisted = await navigator.storage.persisted().catch(() => false)
    if (persisted !== state.persisted) become({ persisted })
  }

  function lookForRoom(): void {
    setTimeout(() => {
      void navigator.storage.estimate().then(
        ({ quota = 0, usage = 0 }) => (usage < quota * 0.98 ? become({ full: false }) : lookForRoom()),
        () => become({ full: false }),
      )
    }, LOOK_FOR_ROOM)
  }
  /** Makes room; whether it is worth trying once more. */
  async function overflow(): Promise<boolean> {
    if (!state.full) {
      become({ full: true })
      lookForRoom()
    }
    return makeRoom().catch(() => false)
  }

  /** What is to be done about a failure; whether it is worth trying once more. */
  async function mend(name: StorageName, error: unknown, mayRebuild: boolean): Promise<boolean> {
    const kind = kindOf(error)
    // The handle was closed between being got and being used: nothing has been done with it.
    if (kind === 'InvalidStateError') return true
    if (kind === 'QuotaExceededError') return name === 'projection' ? (await overflow(), false) : overflow()
    if (mayRebuild && DAMAGED.includes(kind) && !rebuilt.has(name)) {
      rebuilt.add(name)
      await rebuild(name)
      return true
    }
    if (!state.broken.includes(name)) become({ broken: [...state.broken, name] })
    return false
  }

  return {
    state: () => state,
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
    rebuild,
    measure,
    unsent: keptApart('notanker-unsent'),
    lost: keptApart('notanker-lost'),
    ready: async () => {
      await begun
      await presence.back()
    },
    onLeave: presence.onLeave,
    made(database, again) {
      const name = nameOf(database)
      if (again && name) become({ emptied: state.emptied + 1 })
      if (name === 'outbox') become({ newOutbox: true })
    },
    onRebuild: (database, run) => void rebuilders.set(database, run),
    watch(name, port, { rebuild: mayRebuild = false, once = [] } = {}) {
      const watched = ([key, method]: [string, (...args: unknown[]) => unknown]) => {
        const tried = async (first: Promise<unknown>, args: unknown[]) => {
          const answered = waitFor(name)
          const before = presence.left()
          const again = async (error: unknown) => {
            const isGivenUp = kindOf(error) === 'AbortError' && presence.left() !== before
            const isWorthIt = isGivenUp ? !once.some((one) => one === key) : await mend(name, error, mayRebuild)
            if (!isWorthIt) throw error
            return method(...args)
          }
          const result = await first.catch(again).finally(answered)
          mended(name)
          return result
        }
        const call = (...args: unknown[]) => {
          const result = method(...args)
          return result instanceof Promise ? tried(result, args) : result
        }
        return [key, call]
      }
      return Object.fromEntries(Object.entries(port).map(watched)) as typeof port
    },
  }
}
