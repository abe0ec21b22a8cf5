/** The areas of the app, as bar and rail show them. A count is never a bare number: `counted` says what it counts. */
import { computed, type ComputedRef } from 'vue'
import { useAgency } from '../stores/agency.ts'
import { useWords } from '../words.ts'
import type { SignName } from '../signs.ts'

export interface Area {
  name: 'lage' | 'rooms' | 'handbook' | 'readiness' | 'lead'
  label: string
  sign: SignName
  signOpen: SignName
  count: number
  counted: string
}

export function useAreas(): ComputedRef<Area[]> {
  const agency = useAgency()
  const { t } = useWords()
  const area = (name: Area['name'], label: string, sign: SignName, signOpen: SignName): Area => ({
    name,
    label,
    sign,
    signOpen,
    count: 0,
    counted: '',
  })
  return computed(() => {
    const waiting = agency.open.filter((a) => a.waits).length
    const areas: Area[] = [
      {
        ...area('lage', t('frame.lage'), 'explore', 'explore_full'),
        count: waiting,
        counted: t('frame.alerts_wait', waiting),
      },
      {
        ...area('rooms', t('frame.rooms'), 'rooms', 'rooms_full'),
        count: agency.unread,
        counted: t('frame.unread', agency.unread),
      },
      area('handbook', t('frame.handbook'), 'book', 'book_full'),
      area('readiness', t('frame.readiness'), 'ready', 'ready_full'),
    ]
    return agency.mayLead ? [...areas, area('lead', t('frame.lead'), 'lead', 'lead_full')] : areas
  })
}
