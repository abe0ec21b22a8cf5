/** Alerts that are half-written: what is left are a few blanks, marked `‹…›`. */
import { computed } from 'vue'
import { blanksIn, type Draft } from '../../../core/draft.ts'
import type { Severity } from '../../../core/alert.ts'
import type { SignName } from '../../signs.ts'
import { useWords } from '../../words.ts'
import { PRESETS, useResponses } from './responses.ts'

export interface Template {
  id: string
  icon: SignName
  title: string
  severity: Severity
  blanks: number
  draft: Pick<Draft, 'severity' | 'headline' | 'instruction' | 'next_step' | 'responses'>
}

type Flat = Omit<Template, 'blanks' | 'draft'> & Template['draft']

function template({ id, icon, title, ...draft }: Flat): Template {
  const blanks = blanksIn(`${draft.headline} ${draft.instruction} ${draft.next_step}`).length
  return { id, icon, title, severity: draft.severity, blanks, draft }
}

export function useTemplates() {
  const { t } = useWords()
  const { pick } = useResponses()

  return computed(() => [
    template({
      id: 'evacuation',
      icon: 'door',
      title: t('lead.template.evacuation.title'),
      severity: 'Extreme',
      headline: t('lead.template.evacuation.headline'),
      instruction: t('lead.template.evacuation.instruction'),
      next_step: t('lead.template.evacuation.next_step'),
      responses: pick(PRESETS.safe),
    }),
    template({
      id: 'phishing',
      icon: 'mail',
      title: t('lead.template.phishing.title'),
      severity: 'Severe',
      headline: t('lead.template.phishing.headline'),
      instruction: t('lead.template.phishing.instruction'),
      next_step: t('lead.template.phishing.next_step'),
      responses: pick(PRESETS.read_help),
    }),
    template({
      id: 'workplace',
      icon: 'home',
      title: t('lead.template.workplace.title'),
      severity: 'Moderate',
      headline: t('lead.template.workplace.headline'),
      instruction: t('lead.template.workplace.instruction'),
      next_step: t('lead.template.workplace.next_step'),
      responses: pick(PRESETS.read),
    }),
    template({
      id: 'roll_call',
      icon: 'people',
      title: t('lead.template.roll_call.title'),
      severity: 'Severe',
      headline: t('lead.template.roll_call.headline'),
      instruction: t('lead.template.roll_call.instruction'),
      next_step: t('lead.template.roll_call.next_step'),
      responses: pick(PRESETS.safe),
    }),
  ])
}
