/** What would only flicker stays as it was: a value that `passes` counts once it has lasted. */
import { shallowRef, watch, type Ref } from 'vue'
import type { Clock } from '../core/ports.ts'

/** `source`, but a value for which `passes` holds takes the place of another one only after `ms`. */
export function useCalm<T>(
  source: () => T,
  passes: (value: T) => boolean,
  ms: number,
  clock: Pick<Clock, 'now' | 'at'>,
): Readonly<Ref<T>> {
  const calm = shallowRef(source()) as Ref<T>
  let cancel: (() => void) | null = null
  watch(
    source,
    (value) => {
      if (!passes(value) || passes(calm.value)) {
        cancel?.()
        cancel = null
        calm.value = value
      } else
        cancel ??= clock.at(clock.now() + ms, () => {
          cancel = null
          calm.value = source()
        })
    },
    { flush: 'sync' },
  )
  return calm
}
