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

export function useTemplates() {
  const { t } = useWords()
  const { pick } = useResponses()

  return computed(() => {
    const texts = (id: string) => ({
      headline: t(`lead.template.${id}.headline`),
      instruction: t(`lead.template.${id}.instruction`),
      next_step: t(`lead.template.${id}.next_step`),
    })
    const template = (id: string, icon: SignName, severity: Severity, responses: readonly string[]): Template => {
      const draft = { severity, ...texts(id), responses: pick(responses) }
      const blanks = blanksIn(`${draft.headline} ${draft.instruction} ${draft.next_step}`).length
      return { id, icon, title: t(`lead.template.${id}.title`), severity, blanks, draft }
    }
    return [
      template('evacuation', 'door', 'Extreme', PRESETS.safe),
      template('phishing', 'mail', 'Severe', PRESETS.read_help),
      template('workplace', 'home', 'Moderate', PRESETS.read),
      template('roll_call', 'people', 'Severe', PRESETS.safe),
    ]
  })
}
