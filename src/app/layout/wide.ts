/** Whether two panes stand side by side. For what must exist only once, as an ink block; all else is left to CSS. */
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

export function useWide(): Readonly<Ref<boolean>> {
  const query = matchMedia('(min-width: 900px)')
  const wide = ref(query.matches)
  const follow = () => (wide.value = query.matches)
  query.addEventListener('change', follow)
  onScopeDispose(() => query.removeEventListener('change', follow))
  return readonly(wide)
}
