/** What is wrong with a draft, in words that say what to do. */
import { LIMITS } from '../../../core/alert.ts'
import { blanksIn } from '../../../core/draft.ts'
import type { Draft, DraftProblem } from '../../views.ts'
import { useWords } from '../../words.ts'

export function useProblems() {
  const { t } = useWords()

  const absent = (field: DraftProblem): string =>
    ({
      severity: t('lead.problem.severity'),
      headline: t('lead.problem.headline'),
      instruction: t('lead.problem.instruction'),
      next_step: t('lead.problem.next_step'),
      responses: t('lead.problem.responses'),
      rooms: t('lead.problem.rooms'),
    })[field]

  function ofText(field: 'headline' | 'instruction' | 'next_step', text: string): string {
    if (blanksIn(text).length) return t('lead.problem_blank')
    return text.trim().length > LIMITS[field] ? t('lead.problem_long') : absent(field)
  }
  function wordOf(field: DraftProblem, draft: Draft): string {
    switch (field) {
      case 'headline':
      case 'instruction':
      case 'next_step':
        return ofText(field, draft[field])
      case 'severity':
      case 'responses':
      case 'rooms':
        return absent(field)
      default:
        return field satisfies never
    }
  }
  const nameOf = (field: DraftProblem): string =>
    ({
      severity: t('lead.severity'),
      headline: t('lead.headline'),
      instruction: t('lead.instruction'),
      next_step: t('lead.next_step'),
      responses: t('lead.answers'),
      rooms: t('lead.audience'),
    })[field]
  return { wordOf, nameOf }
}
