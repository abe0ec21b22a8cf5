/** Installation: the browser's own question, kept until somebody wants to ask it. */

/** Chromium only, in no standard and so not in TypeScript's library. */
interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

export interface Install {
  ask(): Promise<'accepted' | 'dismissed' | 'unavailable'>
  /** Tells at once whether the browser can ask, and whenever that changes; returns the unsubscribe. */
  onInstallable(run: (can: boolean) => void): () => void
}

/** Call it first of all: Chromium fires `beforeinstallprompt` once, soon after load, and whoever listens later has missed it. */
export function watchInstall(target: EventTarget = window): Install {
  let question: BeforeInstallPromptEvent | null = null
  const listeners = new Set<(can: boolean) => void>()
  const become = (next: BeforeInstallPromptEvent | null) => {
    question = next
    listeners.forEach((run) => run(next !== null))
  }
  target.addEventListener('beforeinstallprompt', (event) => {
    // The browser shall not ask by itself: people are led there when they know why.
    event.preventDefault()
    become(event as BeforeInstallPromptEvent)
  })
  target.addEventListener('appinstalled', () => become(null))
  return {
    async ask() {
      const asked = question
      if (!asked) return 'unavailable'
      // It can be asked once; after "no" the browser sends a new event when it is willing again.
      become(null)
      try {
        return (await asked.prompt()).outcome
      } catch {
        return 'unavailable'
      }
    },
    onInstallable(run) {
      listeners.add(run)
      run(question !== null)
      return () => listeners.delete(run)
    },
  }
}

/** Whether the app runs in a window of its own. iOS before 26 knows only `navigator.standalone`. */
export function isInstalled(page: Window = window): boolean {
  const { standalone } = page.navigator as Navigator & { standalone?: boolean }
  return standalone === true || page.matchMedia('(display-mode: standalone)').matches
}
