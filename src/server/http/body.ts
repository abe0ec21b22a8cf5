/** Bodies and bearers of requests: read at the door, typed inside. */
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { GenericSchema, InferOutput } from 'valibot'
import { parse } from '../../core/parse.ts'
import { verify, type Claims } from './bearer.ts'
import { Refusal } from './errors.ts'

/** Refuses bodies of more than `bytes`. */
export const limited = (bytes: number) =>
  bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new Refusal(413, 'M_TOO_LARGE', `more than ${bytes} bytes`)
    },
  })

/** The JSON body by `schema`. Throws 400 with the first field that is wrong. */
export async function bodyOf<S extends GenericSchema>(c: Context, schema: S): Promise<InferOutput<S>> {
  let json: unknown
  try {
    json = JSON.parse(await c.req.text())
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(400, 'M_NOT_JSON', 'the body is no JSON')
    throw error
  }
  const parsed = parse(schema, json)
  if (!parsed.ok) throw new Refusal(400, 'M_BAD_JSON', parsed.reason)
  return parsed.value
}

/** Who asks. Throws 401 without a bearer that holds. */
export function callerOf(c: Context, key: Buffer, now: number): Claims {
  const [scheme, bearer] = (c.req.header('authorization') ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !bearer) throw new Refusal(401, 'M_MISSING_TOKEN', 'a bearer is needed')
  const claims = verify(key, bearer, now)
  if (!claims) throw new Refusal(401, 'M_UNKNOWN_TOKEN', 'the bearer does not hold')
  return claims
}
