/** The relay's HTTP interface (docs/protocol.md, "The relay's HTTP"): a function of a request, testable without a port. */
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { secureHeaders } from 'hono/secure-headers'
import type { Deployment } from '../../core/deployment.ts'
import type { RelayStatus } from '../../core/relay.ts'
import type { Log } from '../log.ts'
import { notFound, onError, unavailable } from './errors.ts'

export interface AppPorts {
  deployment: () => Deployment
  status: () => RelayStatus
  /** Whether the homeserver beside this relay answers; a witness has none and is always well. */
  healthy: () => boolean
  log: Log
}

export function createApp({ deployment, status, healthy, log }: AppPorts): Hono {
  const app = new Hono()
  app.onError(onError(log))
  app.notFound(notFound)
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      crossOriginResourcePolicy: 'cross-origin',
    }),
  )
  app.use(async (c, next) => {
    await next()
    c.header('Cache-Control', 'no-store')
  })
  for (const open of ['/health', '/v1/status', '/v1/deployment']) app.use(open, cors({ origin: '*' }))

  app.get('/health', (c) => {
    if (!healthy()) throw unavailable('the homeserver does not answer')
    return c.json({ ok: true })
  })
  app.get('/v1/status', (c) => c.json(status()))
  app.get('/v1/deployment', (c) => c.json(deployment()))
  return app
}
