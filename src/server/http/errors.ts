/** Refusals of the relay's HTTP interface, in Matrix's shape `{ errcode, error, retry_after_ms? }`. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { reasonOf, type Log } from '../log.ts'

/** Thrown by a handler; becomes the answer. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode
  readonly errcode: string
  readonly retry_after_ms: number | undefined
  constructor(status: ContentfulStatusCode, errcode: string, error: string, retry_after_ms?: number) {
    super(error)
    this.name = 'Refusal'
    this.status = status
    this.errcode = errcode
    this.retry_after_ms = retry_after_ms
  }
}

export const unavailable = (error: string, retry_after_ms = 2_000) =>
  new Refusal(503, 'M_UNAVAILABLE', error, retry_after_ms)

function answer(c: Context, refusal: Refusal): Response {
  const { errcode, message, retry_after_ms } = refusal
  if (retry_after_ms === undefined) return c.json({ errcode, error: message }, refusal.status)
  c.header('Retry-After', String(Math.ceil(retry_after_ms / 1000)))
  return c.json({ errcode, error: message, retry_after_ms }, refusal.status)
}

export const notFound = (c: Context): Response => answer(c, new Refusal(404, 'M_UNRECOGNIZED', 'no such address'))

/** The last resort of every request: a refusal as it is, anything else as 500 with the reason only in the log. */
export const onError =
  (log: Log) =>
  (error: Error, c: Context): Response => {
    if (error instanceof Refusal) return answer(c, error)
    if (error instanceof HTTPException) return answer(c, new Refusal(error.status, 'M_UNKNOWN', error.message))
    log.error({ reason: reasonOf(error), path: c.req.path }, 'request failed')
    return answer(c, new Refusal(500, 'M_UNKNOWN', 'internal error'))
  }
