/** Tells every window of this origin, this one included, that something was written; `What` says what, if need be. */

export interface Announcer<What> {
  announce(what: What): void
  /** Returns the unsubscribe. */
  onChange(run: (what: What) => void): () => void
}

/** Null where the browser keeps nothing for us: there a window has its own memory and nobody to tell. */
export function openChannel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name)
  } catch {
    return null
  }
}

/** The page was frozen, or put by for the way back, and goes on. A worker never does: it is started anew. */
function onReturn(run: () => void): void {
  const { document } = globalThis as { document?: EventTarget }
  if (!document) return
  globalThis.addEventListener('pageshow', (event) => 'persisted' in event && event.persisted && run())
  document.addEventListener('resume', run)
}

/** `all`: whatever may have been written while this window was frozen, and could not hear of it. */
export function announcer<What = void>(name: string, all: () => Iterable<What>): Announcer<What> {
  const channel = openChannel(name)
  const listeners = new Set<(what: What) => void>()
  const tell = (what: What) => listeners.forEach((run) => run(what))
  channel?.addEventListener('message', ({ data }: MessageEvent<What>) => tell(data))
  onReturn(() => {
    for (const what of all()) tell(what)
  })
  return {
    announce(what) {
      tell(what)
      channel?.postMessage(what)
    },
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}

/** Of an announcer that does not say what. */
export const something = (): Iterable<void> => [undefined]
