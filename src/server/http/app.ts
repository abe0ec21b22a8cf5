/** The relay's HTTP interface (docs/protocol.md, "The relay's HTTP"): a function of a request, testable without a port. */
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { secureHeaders } from 'hono/secure-headers'
import type { Log } from '../log.ts'
import { alarmRoutes, type AlarmPorts } from './alarms.ts'
import { deviceRoutes, type DevicePorts } from './devices.ts'
import { leadRoutes, type LeadPorts } from './lead.ts'
import { notFound, onError, unavailable } from './errors.ts'
import { responseRoutes, type ResponsePorts } from './responses.ts'
import { statusPageRoutes, type StatusPagePorts } from './status-page.ts'
import { sessionRoutes, type SessionPorts } from './session.ts'

export interface AppPorts extends StatusPagePorts {
  /** Whether the homeserver beside this relay answers; a witness has none and is always well. */
  healthy: () => boolean
  log: Log
  /** What only a relay beside a homeserver offers; null: a witness. */
  site: (DevicePorts & SessionPorts & ResponsePorts & AlarmPorts & LeadPorts) | null
}

const POLICY = "default-src 'none'; frame-ancestors 'none'"

export function createApp({ deployment, status, peers, healthy, log, site }: AppPorts): Hono {
  const app = new Hono()
  const appOrigin = (origin: string) => (origin === new URL(deployment().app).origin ? origin : null)
  const allowHeaders = ['Authorization', 'Content-Type']
  app.onError(onError(log))
  app.notFound(notFound)
  app.use(secureHeaders({ crossOriginResourcePolicy: 'cross-origin' }))
  app.use(async (c, next) => {
    await next()
    // The status page has its own.
    if (!c.res.headers.has('Content-Security-Policy')) c.header('Content-Security-Policy', POLICY)
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store')
  })

  for (const path of ['/health', '/v1/status', '/v1/deployment']) app.use(path, cors({ origin: '*' }))
  app.get('/health', (c) => {
    if (!healthy()) throw unavailable('the homeserver does not answer')
    return c.json({ ok: true })
  })
  app.get('/v1/status', (c) => c.json(status()))
  app.get('/v1/deployment', (c) => c.json(deployment()))

  app.route('/', statusPageRoutes({ deployment, status, peers }))

  if (!site) return app
  const allowMethods = ['GET', 'POST', 'PUT', 'DELETE']
  const own = ['session', 'devices/*', 'responses', 'alarms', 'shown', 'reach/*', 'fleet']
  for (const path of own)
    app.use(`/v1/${path}`, cors({ origin: appOrigin, allowHeaders, allowMethods, maxAge: 86_400 }))
  app.route('/', sessionRoutes(site))
  app.route('/', deviceRoutes(site))
  app.route('/', responseRoutes(site))
  app.route('/', alarmRoutes(site))
  app.route('/', leadRoutes(site))
  return app
}
