/** A Workbox plugin by which a file gets into the precache whole, or the install fails and the next attempt goes on. */
export const whole = {
  /** What a portal has answered under a name of ours may be in the browser's cache, for as long as it liked. */
  requestWillFetch: async ({ request }: { request: Request }): Promise<Request> =>
    new Request(request, { cache: 'no-cache' }),

  /**
   * Firefox rejects a `put` that was cut with something that is no `Error`, and Workbox lets that pass: the worker would
   * become active with a file missing.
   */
  async cacheDidUpdate({ cacheName, request }: { cacheName: string; request: Request }): Promise<void> {
    const cache = await caches.open(cacheName)
    if (!(await cache.match(request))) throw new Error(`precache: ${request.url} was lost on the way`)
  },
}
