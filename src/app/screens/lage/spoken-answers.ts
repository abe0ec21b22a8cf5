/** What became of my answers, for a polite live region: each step once, and nothing of what was known before. */
import { readonly, ref, watch, type Ref } from 'vue'
import { useWords } from '../../words.ts'
import type { AlertView } from '../../views.ts'

type Stage = 'saved' | 'registered' | 'refused'

function stageOf({ mine }: AlertView): Stage | null {
  if (!mine) return null
  switch (mine.delivery?.state) {
    case 'saved':
    case 'sending':
    case 'waiting':
    case 'withdrawn':
      return 'saved'
    case 'refused':
      return 'refused'
    case 'taken':
    case undefined:
      return 'registered'
    default:
      return mine.delivery satisfies never
  }
}

const stagesOf = (alerts: readonly AlertView[]) =>
  new Map(alerts.map((a) => [a.id, { stage: stageOf(a), at: a.mine?.at ?? 0 }]))

export function useSpokenAnswers(alerts: () => readonly AlertView[]): Readonly<Ref<string>> {
  const { t } = useWords()
  const spoken = ref('')
  let known = stagesOf(alerts())

  watch(alerts, (now) => {
    const stages = stagesOf(now)
    for (const [id, { stage, at }] of stages) {
      const before = known.get(id)
      // An alert that has only now come brings what was answered elsewhere; that is no news.
      if (!stage || !before || (before.stage === stage && before.at === at)) continue
      const words = {
        saved: t('alert.spoken_saved'),
        registered: t('alert.spoken_registered'),
        refused: t('alert.spoken_refused'),
      }
      spoken.value = words[stage]
    }
    known = stages
  })
  return readonly(spoken)
}
