/** Severity as a person sees it: ground and sign. Its word comes from `words.ts`; none of the three stands alone (APP-6). */
import type { AlertContent, Phase, Severity } from '../../../core/alert.ts'
import type { SignName } from '../../signs.ts'

export type Mark = Severity | 'AllClear' | 'Withdrawn' | 'Expired'

export const MARK_SIGNS: Record<Mark, SignName> = {
  Extreme: 'octagon',
  Severe: 'triangle',
  Moderate: 'diamond',
  Minor: 'info',
  AllClear: 'tick_full',
  Withdrawn: 'decline',
  Expired: 'wait',
}

/** What has ended must not look like what is open. */
export function markOf({ content, phase }: { content: AlertContent; phase: Phase }): Mark {
  switch (phase) {
    case 'ended':
      return 'AllClear'
    case 'withdrawn':
      return 'Withdrawn'
    case 'expired':
      return 'Expired'
    case 'announced':
    case 'open':
      return content.severity
    default:
      return phase satisfies never
  }
}

/** Everything but earnest is shown as a drill: a test alarm, too, must not be taken for one (APP-8). */
export const isDrill = (content: AlertContent): boolean => content.status !== 'Actual'
