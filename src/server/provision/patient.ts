/** Repeats what a homeserver refused for now, and keeps many requests from becoming too many at once. */
import { HomeserverError } from '../homeserver.ts'

/** Silence, overload, and the two answers of a server that has not heard of a fresh room yet (404, 403 after a join). */
const FOR_NOW = new Set([0, 429, 500, 502, 503, 504])
const FEDERATED = new Set([403, 404])
const LONGEST = 5000

export interface Patience {
  /** Gives up after this many ms. */
  deadline?: number
  /** The call may meet a site that federation has not reached yet, so "not found" and "forbidden" are for now, too. */
  federated?: boolean
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Only for calls that may be made twice. Throws the last error when the deadline has passed. */
export async function patiently<T>(
  call: () => Promise<T>,
  { deadline = 60_000, federated = false }: Patience = {},
): Promise<T> {
  const end = performance.now() + deadline
  for (let wait = 50; ; wait = Math.min(wait * 2, LONGEST)) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof HomeserverError)) throw error
      const heals = FOR_NOW.has(error.status) || (federated && FEDERATED.has(error.status))
      const pauseFor = error.retry_after_ms ?? wait
      if (!heals || performance.now() + pauseFor > end) throw error
      await pause(pauseFor)
    }
  }
}

/** Calls `act` for each item, at most `limit` at once. The first error ends it. */
export async function each<T>(items: Iterable<T>, limit: number, act: (item: T) => Promise<unknown>): Promise<void> {
  const left = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await act(next.value)
  }
  await Promise.all(Array.from({ length: limit }, worker))
}
