/** One window of this device syncs and sends; when it closes, the next takes over by itself (Web Locks). */

/** Runs `lead` as soon as no other window does. Both it and the returned stop end its work before the lock is given on. */
export function leadOnce(name: string, lead: () => () => Promise<void>): () => Promise<void> {
  const ended = new AbortController()
  let alone: (() => Promise<void>) | null = null
  const done = navigator.locks
    .request(name, { signal: ended.signal }, async () => {
      const stop = lead()
      await new Promise<void>((resolve) => ended.signal.addEventListener('abort', () => resolve(), { once: true }))
      await stop()
    })
    // Aborted while it waited for its turn: there was nothing to stop.
    .catch((error: unknown) => {
      if (ended.signal.aborted) return
      // Where the browser denies locks it denies storage too: this window stands alone, and leads.
      if (!(error instanceof DOMException && error.name === 'SecurityError')) throw error
      alone = lead()
    })
  return async () => {
    ended.abort()
    await done
    await alone?.()
  }
}
