/** Signs that the network may be back or that somebody is looking. Hints only: none of them proves anything. */

/** Returns the unsubscribe. */
export function onWake(run: () => void, page: Window = window): () => void {
  const visible = () => page.document.visibilityState === 'visible' && run()
  const ended = new AbortController()
  const { signal } = ended
  page.addEventListener('online', run, { signal })
  page.addEventListener('pageshow', run, { signal })
  page.document.addEventListener('visibilitychange', visible, { signal })
  return () => ended.abort()
}
