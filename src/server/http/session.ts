/** `POST /v1/session`: an OpenID token for a bearer. */
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono, type Context } from 'hono'
import { sessionRequest } from '../../core/relay.ts'
import { BEARER_LIFE, sign } from './bearer.ts'
import { bodyOf, limited } from './body.ts'
import { Refusal } from './errors.ts'
import { createLimiter } from './limiter.ts'
import type { CheckOpenId } from './openid.ts'

export interface SessionPorts {
  check: CheckOpenId
  sessionKey: Buffer
  behindProxy: boolean
  now: () => number
}

/** Refused tokens of one address in a minute. Good ones are not counted: a whole agency may sit behind one address. */
const FAILURES = 60

/** The caller's address: of the connection, or as the operator's proxy names it. */
function addressOf(c: Context, behindProxy: boolean): string {
  const forwarded = behindProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  if (forwarded) return forwarded
  // A request that came through no socket (tests) has no address.
  const connected = (c.env as { incoming?: unknown } | undefined)?.incoming !== undefined
  return (connected ? getConnInfo(c).remote.address : undefined) ?? 'unknown'
}

export function sessionRoutes({ check, sessionKey, behindProxy, now }: SessionPorts): Hono {
  const failures = createLimiter(FAILURES, 60_000, now)
  return new Hono().post('/v1/session', limited(8 * 1024), async (c) => {
    const address = addressOf(c, behindProxy)
    const wait = failures.wait(address)
    if (wait > 0) throw new Refusal(429, 'M_LIMIT_EXCEEDED', 'too many refused tokens', wait)
    const { openid, device } = await bodyOf(c, sessionRequest)
    try {
      const person = await check(openid)
      const expires = now() + BEARER_LIFE
      return c.json({ bearer: sign(sessionKey, { person, device, expires }), expires })
    } catch (error) {
      if (error instanceof Refusal && error.status < 500) failures.count(address)
      throw error
    }
  })
}
