/** What has stayed the same for a while: for things that would be noise each time they flicker. */
import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

/** The last value of `source` that held for `ms`; null before. The first value is where things stand, and no news. */
export function useLasting(source: () => string, ms: number): Readonly<Ref<string | null>> {
  const lasting = ref<string | null>(null)
  let known = source()
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    if (value === known) return
    timer = setTimeout(() => (lasting.value = known = value), ms)
  })
  onScopeDispose(() => clearTimeout(timer))
  return readonly(lasting)
}
