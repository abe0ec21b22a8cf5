/** What a refusal means for what was sent, and for a sign-in. Rules OUT-4, SIGN-2 and SIGN-9 in docs/spec.md. */
import type { Failure } from '../core/outbox.ts'
import type { SignInFailure } from '../core/ports.ts'
import type { Refusal } from './request.ts'

/**
 * Only a homeserver refuses for good. A 403 or 404 without an error code comes from something in between (a proxy, a
 * portal), and so does M_UNRECOGNIZED: the path is not served there, at the moment.
 */
export function failureOf({ status, errcode, retry_after_ms }: Refusal): Failure {
  if (status === 0) return { fate: 'wait', reason: 'network' }
  if (status === 429)
    return { fate: 'wait', reason: 'busy', ...(retry_after_ms === undefined ? {} : { retry_after_ms }) }
  if (status === 413 || errcode === 'M_TOO_LARGE') return { fate: 'refuse', reason: 'too_large' }
  if (status >= 500 || errcode === null || errcode === 'M_UNRECOGNIZED') return { fate: 'wait', reason: 'server' }
  if (status === 401) return { fate: 'wait', reason: 'signed_out' }
  if (status === 403) return { fate: 'refuse', reason: 'forbidden' }
  if (status === 404) return { fate: 'refuse', reason: 'unknown_room' }
  return { fate: 'refuse', reason: 'invalid' }
}

/** Synapse says the first; of a deactivated account it knows no password any more, and refuses it like a wrong one. */
const LOCKED = ['M_USER_LOCKED', 'M_USER_DEACTIVATED', 'M_USER_SUSPENDED']

export function signInFailureOf(refusal: Refusal): { failure: SignInFailure; retry_after_ms?: number } {
  if (refusal.errcode !== null && LOCKED.includes(refusal.errcode)) return { failure: 'locked' }
  const failure = failureOf(refusal)
  if (failure.fate === 'refuse') return { failure: failure.reason === 'forbidden' ? 'wrong_password' : 'refused' }
  switch (failure.reason) {
    case 'busy':
      return failure.retry_after_ms === undefined
        ? { failure: 'limited' }
        : { failure: 'limited', retry_after_ms: failure.retry_after_ms }
    case 'network':
    case 'server':
      return { failure: 'unreachable' }
    case 'signed_out':
      return { failure: 'refused' }
    default:
      return failure satisfies never
  }
}
