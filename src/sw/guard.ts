/**
 * A Workbox plugin that makes an install fail when a file did not arrive whole, so that the next load resumes it. Firefox
 * rejects a `put` that was cut with something that is no `Error`, and Workbox lets that pass: the worker would become
 * active with a file missing and nothing would ever repair it.
 */
export const guard = {
  async cacheDidUpdate({ cacheName, request }: { cacheName: string; request: Request }): Promise<void> {
    const cache = await caches.open(cacheName)
    if (!(await cache.match(request))) throw new Error(`precache: ${request.url} was lost on the way`)
  },
}
