/** The answers that an alert may offer, and the sets of them that are offered in one tap. */
import { computed } from 'vue'
import type { ResponseOption } from '../../../core/alert.ts'
import { useWords } from '../../words.ts'

export const PRESETS = {
  read: ['ok'],
  read_help: ['ok', 'help'],
  safe: ['safe', 'help', 'away'],
  coming: ['coming', 'cannot'],
} as const
export type PresetId = keyof typeof PRESETS

export function useResponses() {
  const { t } = useWords()
  /** In the order in which a phone shows them. */
  const options = computed<ResponseOption[]>(() => [
    { key: 'safe', label: t('lead.answer_safe'), meaning: 'safe' },
    { key: 'ok', label: t('lead.answer_ok'), meaning: 'acknowledged' },
    { key: 'coming', label: t('lead.answer_coming'), meaning: 'coming' },
    { key: 'help', label: t('lead.answer_help'), meaning: 'need_help' },
    { key: 'away', label: t('lead.answer_away'), meaning: 'declined' },
    { key: 'cannot', label: t('lead.answer_cannot'), meaning: 'declined' },
  ])
  const pick = (keys: readonly string[]): ResponseOption[] => options.value.filter(({ key }) => keys.includes(key))
  return { options, pick }
}

/** The preset that has exactly these answers. */
export const presetOf = (responses: readonly ResponseOption[]): PresetId | null =>
  (Object.keys(PRESETS) as PresetId[]).find((id) => PRESETS[id].join() === responses.map((r) => r.key).join()) ?? null
