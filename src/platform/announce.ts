/** Tells every window of this origin, this one included, that something was written; `What` says what, if need be. */

export interface Announcer<What> {
  announce(what: What): void
  /** Returns the unsubscribe. */
  onChange(run: (what: What) => void): () => void
}

/** Null where the browser keeps nothing for us: there a window has its own memory and nobody to tell. */
function openChannel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name)
  } catch {
    return null
  }
}

export function announcer<What = void>(name: string): Announcer<What> {
  const channel = openChannel(name)
  const listeners = new Set<(what: What) => void>()
  const tell = (what: What) => listeners.forEach((run) => run(what))
  channel?.addEventListener('message', ({ data }: MessageEvent<What>) => tell(data))
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
