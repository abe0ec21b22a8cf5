/** The name of the window: what is open, then the app. */
import { computed, watchEffect } from 'vue'
import { useRoute } from 'vue-router'
import { useAgency } from '../stores/agency.ts'
import { useSession } from '../stores/session.ts'
import { useWords } from '../words.ts'

export function useScreenTitle(): void {
  const route = useRoute()
  const agency = useAgency()
  const session = useSession()
  const { t } = useWords()

  const title = computed((): string => {
    if (!session.session) return t('frame.sign_in')
    const id = String(route.params['id'] ?? '')
    switch (route.name ?? 'lage') {
      case 'alert':
        return agency.alert(id)?.text.headline ?? t('frame.lage')
      case 'room':
        return agency.room(id as `!${string}`)?.title ?? t('frame.rooms')
      case 'playbook':
        return agency.playbook(id)?.card.title ?? t('frame.handbook')
      case 'rooms':
        return t('frame.rooms')
      case 'handbook':
        return t('frame.handbook')
      case 'contacts':
        return t('frame.contacts')
      case 'readiness':
        return t('frame.readiness')
      case 'connection':
        return t('frame.connection')
      case 'welcome':
        return t('frame.welcome')
      case 'lead':
      case 'compose':
      case 'tally':
        return t('frame.lead')
      default:
        return t('frame.lage')
    }
  })
  watchEffect(() => (document.title = `${title.value} – Notanker`))
}
