/** Tells every window of this origin, this one included, that something was written. */

export interface Announcer {
  announce(): void
  /** Returns the unsubscribe. */
  onChange(run: () => void): () => void
}

export function announcer(name: string): Announcer {
  const channel = new BroadcastChannel(name)
  const listeners = new Set<() => void>()
  const tell = () => listeners.forEach((run) => run())
  channel.addEventListener('message', tell)
  return {
    announce() {
      tell()
      channel.postMessage(null)
    },
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
