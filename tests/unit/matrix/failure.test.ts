import { describe, expect, it } from 'vitest'
import type { Failure } from '../../../src/core/outbox.ts'
import { failureOf, signInFailureOf } from '../../../src/matrix/failure.ts'

const refusal = (status: number, errcode: string | null = null) => ({ ok: false as const, status, errcode })
const waits = (reason: string) => ({ fate: 'wait', reason }) as Failure
const refuses = (reason: string) => ({ fate: 'refuse', reason }) as Failure

describe('OUT-4: the kind of a failure decides its fate', () => {
  it.each<[string, number, string | null, Failure]>([
    ['silence', 0, null, waits('network')],
    ['a server in trouble', 502, null, waits('server')],
    ['a server in trouble that says so', 500, 'M_UNKNOWN', waits('server')],
    ['an ended session', 401, 'M_UNKNOWN_TOKEN', waits('signed_out')],
    ['a locked account', 401, 'M_USER_LOCKED', waits('signed_out')],
    ['no right', 403, 'M_FORBIDDEN', refuses('forbidden')],
    ['no such room', 404, 'M_NOT_FOUND', refuses('unknown_room')],
    ['a broken event', 400, 'M_BAD_JSON', refuses('invalid')],
    ['too large for Synapse', 413, 'M_TOO_LARGE', refuses('too_large')],
    ['too large for a proxy', 413, null, refuses('too_large')],
    ['a portal between us', 403, null, waits('server')],
    ['a proxy without its homeserver', 404, null, waits('server')],
    ['a homeserver without that path', 404, 'M_UNRECOGNIZED', waits('server')],
  ])('%s (%i %s)', (_, status, errcode, failure) => {
    expect(failureOf(refusal(status, errcode))).toEqual(failure)
  })

  it('waits as long as a busy server asks for', () => {
    expect(failureOf({ ...refusal(429, 'M_LIMIT_EXCEEDED'), retry_after_ms: 1234 })).toEqual({
      fate: 'wait',
      reason: 'busy',
      retry_after_ms: 1234,
    })
    expect(failureOf(refusal(429))).toEqual(waits('busy'))
  })
})

describe('SIGN-2, SIGN-9: why a sign-in failed', () => {
  it.each([
    [403, 'M_FORBIDDEN', 'wrong_password'],
    [401, 'M_USER_LOCKED', 'locked'],
    [403, 'M_USER_DEACTIVATED', 'locked'],
    [0, null, 'unreachable'],
    [503, null, 'unreachable'],
    [403, null, 'unreachable'],
    [400, 'M_UNKNOWN', 'refused'],
    [401, 'M_MISSING_TOKEN', 'refused'],
  ] as const)('%i %s: %s', (status, errcode, failure) => {
    expect(signInFailureOf(refusal(status, errcode))).toEqual({ failure })
  })

  it('says how long a limited one has to wait', () => {
    const limited = { ...refusal(429, 'M_LIMIT_EXCEEDED'), retry_after_ms: 5000 }
    expect(signInFailureOf(limited)).toEqual({ failure: 'limited', retry_after_ms: 5000 })
  })
})
