/** Sessions at one homeserver: made, ended, asked for. Source: Matrix client-server API, "Client authentication". */
import * as v from 'valibot'
import { userId } from '../core/ids.ts'
import { parseOrNull } from '../core/parse.ts'
import type { Account, Matrix } from '../core/ports.ts'
import { signInFailureOf } from './failure.ts'
import { request, userPath, V3 } from './request.ts'

const SIGN_IN_MS = 20_000
const PROFILE_MS = 5_000

const loginBody = v.object({ user_id: userId, access_token: v.string(), device_id: v.string() })
const profileBody = v.object({ displayname: v.pipe(v.string(), v.trim(), v.minLength(1)) })
const versionsBody = v.object({ versions: v.array(v.string()) })
const openIdBody = v.object({ access_token: v.string(), matrix_server_name: v.string() })

async function nameOf({ user, ...place }: Account): Promise<string> {
  const answer = await request(place, 'GET', `${V3}/profile/${encodeURIComponent(user)}/displayname`, {
    timeout: PROFILE_MS,
  })
  const profile = answer.ok ? parseOrNull(profileBody, answer.body) : null
  return profile?.displayname ?? user.slice(1, user.indexOf(':'))
}

export const signIn: Matrix['signIn'] = async ({ id, homeserver }, user, password, device, deviceName) => {
  const answer = await request({ homeserver }, 'POST', `${V3}/login`, {
    timeout: SIGN_IN_MS,
    body: {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
      initial_device_display_name: deviceName,
      ...(device === null ? {} : { device_id: device }),
    },
  })
  if (!answer.ok) return signInFailureOf(answer)
  const login = parseOrNull(loginBody, answer.body)
  if (!login) return { failure: 'refused' }
  const { user_id, access_token, device_id } = login
  const account: Account = { site: id, user: user_id, device: device_id, access_token, homeserver }
  return { account, name: await nameOf(account) }
}

export const signOut: Matrix['signOut'] = async (account) => {
  await request(account, 'POST', `${V3}/logout`, { body: {} })
}

export const answers: Matrix['answers'] = async (homeserver, timeout) => {
  const answer = await request({ homeserver }, 'GET', '/_matrix/client/versions', { timeout })
  return answer.ok && parseOrNull(versionsBody, answer.body) !== null
}

export const whoami: Matrix['whoami'] = async (account) => {
  const answer = await request(account, 'GET', `${V3}/account/whoami`)
  if (answer.ok) return parseOrNull(v.object({ user_id: v.literal(account.user) }), answer.body) ? true : null
  // Any other refusal comes from something in between, or is none of the session.
  if (answer.status !== 401) return null
  if (answer.errcode === 'M_USER_LOCKED') return 'locked'
  return answer.errcode === 'M_UNKNOWN_TOKEN' ? false : null
}

export const openId: Matrix['openId'] = async (account) => {
  const answer = await request(account, 'POST', userPath(account.user, 'openid', 'request_token'), { body: {} })
  return answer.ok ? parseOrNull(openIdBody, answer.body) : null
}
