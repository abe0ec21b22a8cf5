/** `POST /v1/responses`: answers to alerts. */
import { Hono } from 'hono'
import { responsesRequest } from '../../core/relay.ts'
import type { Collector } from '../answers/collector.ts'
import { bodyOf, callerOf, limited } from './body.ts'

export interface ResponsePorts {
  collector: Pick<Collector, 'register'>
  sessionKey: Buffer
  now: () => number
}

/** A hundred answers with notes of 500 characters, and room to spare. */
const LARGEST = 512 * 1024

export function responseRoutes({ collector, sessionKey, now }: ResponsePorts): Hono {
  return new Hono().post('/v1/responses', limited(LARGEST), async (c) => {
    const { person } = callerOf(c, sessionKey, now())
    const { responses } = await bodyOf(c, responsesRequest)
    return c.json(await collector.register(person, responses))
  })
}
