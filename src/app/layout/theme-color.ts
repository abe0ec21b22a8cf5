/** The status bar of the phone takes the colour of what is on top. */
import { onScopeDispose, watch } from 'vue'
import type { Strip } from '../views.ts'

type Ground = Strip['state'] | 'drill'

const GROUND: Record<Ground, string> = {
  drill: '--drill-band',
  normal: '--surface',
  seeking: '--surface',
  trouble: '--surface',
  moved: '--moved',
  back: '--moved',
  offline: '--away',
  signed_out: '--surface',
}

export function useThemeColor(state: () => Ground): void {
  const night = matchMedia('(prefers-color-scheme: dark)')
  const paint = () => {
    const color = getComputedStyle(document.documentElement).getPropertyValue(GROUND[state()])
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) meta.content = color
  }
  watch(state, paint, { immediate: true })
  night.addEventListener('change', paint)
  onScopeDispose(() => night.removeEventListener('change', paint))
}
