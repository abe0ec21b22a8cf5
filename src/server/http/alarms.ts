/** `POST /v1/alarms`: the alarm of last resort. */
import { Hono } from 'hono'
import { alarmRequest } from '../../core/last-resort.ts'
import type { Alarms } from '../alarms/alarms.ts'
import { bodyOf, callerOf, limited } from './body.ts'
import { Refusal } from './errors.ts'
import { createLimiter } from './limiter.ts'

export interface AlarmPorts {
  alarms: Pick<Alarms, 'raise'>
  sessionKey: Buffer
  now: () => number
}

/** As much as an event may hold. */
const LARGEST = 64 * 1024
const ALARMS_A_MINUTE = 10

export function alarmRoutes({ alarms, sessionKey, now }: AlarmPorts): Hono {
  const limiter = createLimiter(ALARMS_A_MINUTE, 60_000, now)
  return new Hono().post('/v1/alarms', limited(LARGEST), async (c) => {
    const { person } = callerOf(c, sessionKey, now())
    const wait = limiter.wait(person)
    if (wait > 0) throw new Refusal(429, 'M_LIMIT_EXCEEDED', 'too many alarms', wait)
    limiter.count(person)
    const { alert } = await bodyOf(c, alarmRequest)
    return c.json({ at: alarms.raise(person, alert) })
  })
}
