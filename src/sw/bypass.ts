/** Where the browser can be told (Service Worker Static Routing), before a worker is installed. */
interface Routing {
  addRoutes?(rules: { condition: { urlPattern: URLPatternInit }; source: 'network' }[]): Promise<void>
}
interface URLPatternInit {
  protocol: string
  hostname: string
  port: string
  pathname: string
  search: string
}

const at = (pathname: string): URLPatternInit => ({ protocol: '*', hostname: '*', port: '*', pathname, search: '*' })

/**
 * Requests to homeservers and relays, on whatever host, do not pass through the worker: it has nothing to say about them,
 * they need not wait for it to start, and Chromium does not let its successor take over while they keep waking it
 * (UPDATE-10).
 */
export async function passBy(event: object): Promise<void> {
  const rules = ['/_matrix/*', '/v1/*'].map((path) => {
    return { condition: { urlPattern: at(path) }, source: 'network' } as const
  })
  try {
    await (event as Routing).addRoutes?.(rules)
  } catch {
    // An older draft of this interface: then they take the longer way.
  }
}
