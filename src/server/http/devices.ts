/** `PUT`, `DELETE /v1/devices/<id>` and `POST …/test`: which phones ring for whom. */
import { randomUUID } from 'node:crypto'
import { Hono, type Context } from 'hono'
import type { Deployment } from '../../core/deployment.ts'
import { pushOfTest } from '../../core/push.ts'
import { deviceSchema, type Device } from '../../core/relay.ts'
import type { Leavers } from '../devices/leavers.ts'
import type { DeviceRegister, RegisteredDevice } from '../devices/register.ts'
import { allowedEndpoint, validKeys } from '../devices/subscription.ts'
import type { Post } from '../push/post.ts'
import { bodyOf, callerOf, limited } from './body.ts'
import { Refusal, unavailable } from './errors.ts'
import { createLimiter } from './limiter.ts'

export interface DevicePorts {
  deployment: () => Deployment
  register: DeviceRegister
  /** A device has registered, or registered anew. */
  registered: (device: RegisteredDevice) => void
  leavers: Pick<Leavers, 'has'>
  post: Post
  pushHosts: readonly string[]
  sessionKey: Buffer
  now: () => number
}

/** A self-test is worth nothing later, s. */
const TEST_TTL = 60
const TESTS_A_MINUTE = 20

function idOf(c: Context): string {
  const id = c.req.param('id') ?? ''
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new Refusal(400, 'M_INVALID_PARAM', 'no device id')
  return id
}

const unknown = () => new Refusal(404, 'M_NOT_FOUND', 'you have no such device')

function checked({ subscription, ...rest }: Device, pushHosts: readonly string[]): Device {
  const { endpoint, keys } = subscription
  if (!allowedEndpoint(endpoint, pushHosts))
    throw new Refusal(400, 'M_INVALID_PARAM', 'subscription.endpoint: not a push service that this relay sends to')
  if (!validKeys(keys)) throw new Refusal(400, 'M_INVALID_PARAM', 'subscription.keys: no keys of a push subscription')
  return { ...rest, subscription }
}

export function deviceRoutes(ports: DevicePorts): Hono {
  const { deployment, register, leavers, post, pushHosts, sessionKey, now, registered } = ports
  const tests = createLimiter(TESTS_A_MINUTE, 60_000, now)
  const caller = (c: Context) => callerOf(c, sessionKey, now())

  return new Hono()
    .put('/v1/devices/:id', limited(16 * 1024), async (c) => {
      const { person } = caller(c)
      if (leavers.has(person)) throw new Refusal(403, 'M_FORBIDDEN', 'you are no longer in the agency’s space')
      const device = checked(await bodyOf(c, deviceSchema), pushHosts)
      const entry = { id: idOf(c), person, device, seen: now() }
      const result = await register.put(entry)
      if (result === 'foreign') throw new Refusal(403, 'M_FORBIDDEN', 'this device is somebody else’s')
      if (result === 'ended') throw new Refusal(410, 'M_NOT_FOUND', 'this subscription has ended: make another one')
      registered(entry)
      return c.json({})
    })
    .delete('/v1/devices/:id', async (c) => {
      const { person } = caller(c)
      if (!(await register.remove(idOf(c), person))) throw unknown()
      return c.json({})
    })
    .post('/v1/devices/:id/test', async (c) => {
      const { person } = caller(c)
      const found = await register.get(idOf(c), person)
      if (!found) throw unknown()
      const wait = tests.wait(person)
      if (wait > 0) throw new Refusal(429, 'M_LIMIT_EXCEEDED', 'too many tests', wait)
      tests.count(person)
      const test = { id: randomUUID(), sent_at: now() }
      const payload = JSON.stringify(pushOfTest(deployment().app, test.id, test.sent_at, found.device.lang))
      const outcome = await post(found.device.subscription, { payload, urgency: 'high', topic: null }, TEST_TTL)
      switch (outcome.kind) {
        case 'taken':
          return c.json(test)
        case 'gone':
          await register.forget(found.id, found.device.subscription.endpoint)
          throw unknown()
        case 'later':
          throw unavailable(`the push service is not to be had: ${outcome.why}`, outcome.retry_after_ms || undefined)
        case 'refused':
          throw new Refusal(502, 'M_UNKNOWN', `the push service refused: ${outcome.why}`)
        default:
          return outcome satisfies never
      }
    })
}
