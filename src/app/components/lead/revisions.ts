/** What a later revision starts from. An update says what is true now; an end names what is over, and a step of its own. */
import { LIMITS, type AlertContent } from '../../../core/alert.ts'
import { draftOf } from '../../../core/draft.ts'
import { cut } from '../../../core/push.ts'
import type { Draft } from '../../views.ts'
import { useWords } from '../../words.ts'

export type RevisionKind = 'Update' | 'AllClear' | 'Cancel'

export function useRevisions() {
  const { t } = useWords()
  return (kind: RevisionKind, content: AlertContent): Draft => {
    const draft = draftOf(content)
    if (kind === 'Update') return draft
    const headline = cut(t('lead.no_longer', { headline: content.headline }), LIMITS.headline)
    // Nothing was to be done; after a danger only those who lead know what is to be done.
    const next_step = kind === 'Cancel' ? t('lead.cancel_step') : ''
    return { ...draft, headline, instruction: '', next_step }
  }
}
