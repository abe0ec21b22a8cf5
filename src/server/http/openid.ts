/** Who a Matrix OpenID token stands for. Source: server-server API, "GET /_matrix/federation/v1/openid/userinfo". */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { isBot, personOf, type Deployment } from '../../core/deployment.ts'
import { userId, type PersonId } from '../../core/ids.ts'
import { parseOrNull } from '../../core/parse.ts'
import { HomeserverError, request } from '../homeserver.ts'
import { Refusal, unavailable } from './errors.ts'

export interface OpenIdToken {
  access_token: string
  matrix_server_name: string
}

/** The person behind a token. Throws Refusal: 401 for a token that does not hold, 503 while its homeserver is silent. */
export type CheckOpenId = (token: OpenIdToken) => Promise<PersonId>

const userInfo = v.object({ sub: userId })
/** Synapse's tokens hold an hour and may be used any number of times; here each one counts once. */
const TOKEN_LIFE = 3600_000
const TIMEOUT = 8_000

const refused = () => new Refusal(401, 'M_UNKNOWN_TOKEN', 'the OpenID token does not hold')

/**
 * Asks the server that the token names, at each of its addresses until one answers (SITE-27), and takes its word only for
 * its own people.
 */
export function openIdChecker(deployment: () => Deployment, now: () => number): CheckOpenId {
  const taken = new Map<string, number>()

  async function askAt(base: string, token: string): Promise<string> {
    const path = `/_matrix/federation/v1/openid/userinfo?access_token=${encodeURIComponent(token)}`
    try {
      const sub = parseOrNull(userInfo, await request(base, 'GET', path, { timeout: TIMEOUT }))?.sub
      if (sub) return sub
    } catch (error) {
      if (!(error instanceof HomeserverError) || error.status === 0 || error.status >= 500 || error.status === 429)
        throw unavailable('the homeserver of the token does not answer')
    }
    throw refused()
  }

  async function ask(bases: readonly string[], token: string): Promise<string> {
    const [base, ...others] = bases
    try {
      return await askAt(base!, token)
    } catch (error) {
      if (others.length && error instanceof Refusal && error.status === 503) return ask(others, token)
      throw error
    }
  }

  return async ({ access_token, matrix_server_name }) => {
    const bases = deployment().sites.flatMap((s) => (s.server_name === matrix_server_name ? s.homeserver : []))
    if (!bases.length) throw new Refusal(403, 'M_FORBIDDEN', 'not a site of this deployment')
    for (const [hash, until] of taken) if (until <= now()) taken.delete(hash)
    const hash = createHash('sha256').update(`${matrix_server_name} ${access_token}`).digest('base64url')
    if (taken.has(hash)) throw refused()
    taken.set(hash, now() + TOKEN_LIFE)
    try {
      const user = await ask(bases, access_token)
      const at = parseOrNull(userId, user)
      if (!at || at.slice(at.indexOf(':') + 1) !== matrix_server_name || isBot(deployment(), at)) throw refused()
      return personOf(deployment(), at)
    } catch (error) {
      // A token that was not looked at may be tried again.
      if (error instanceof Refusal && error.status === 503) taken.delete(hash)
      throw error
    }
  }
}
