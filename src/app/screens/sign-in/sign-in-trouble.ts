/** Why a sign-in failed and what to do about it, in words (SIGN-2). */
import { useWords } from '../../words.ts'
import type { SignInResult } from '../../views.ts'

export interface SignInTrouble {
  what: string
  next: string
}
/** What failed, and how long to wait where a site says so, ms. */
export interface SignInFault {
  result: Exclude<SignInResult, 'ok' | 'partial'>
  retryAfter?: number
}

export const faultOf = (result: SignInResult, retryAfter?: number): SignInFault | null => {
  if (result === 'ok' || result === 'partial') return null
  return retryAfter === undefined ? { result } : { result, retryAfter }
}

export function useSignInTrouble() {
  const { t } = useWords()
  const wait = (ms?: number) =>
    ms === undefined ? t('sign_in.limited_next') : t('sign_in.limited_wait', Math.max(1, Math.ceil(ms / 60_000)))

  return function troubleOf({ result, retryAfter }: SignInFault): SignInTrouble {
    switch (result) {
      case 'wrong_password':
        return { what: t('sign_in.wrong'), next: t('sign_in.wrong_next') }
      case 'locked':
        return { what: t('sign_in.locked'), next: t('sign_in.locked_next') }
      case 'unreachable':
        return { what: t('sign_in.unreachable'), next: t('sign_in.unreachable_next') }
      case 'limited':
        return { what: t('sign_in.limited'), next: wait(retryAfter) }
      case 'refused':
        return { what: t('sign_in.refused'), next: t('sign_in.refused_next') }
      case 'no_deployment':
        return { what: t('sign_in.no_network'), next: t('sign_in.no_network_next') }
      default:
        return result satisfies never
    }
  }
}
