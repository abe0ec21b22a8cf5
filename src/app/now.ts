/**
 * The time of day as screens show it: one ticking ref for all of them, every ten seconds. A component that joins does
 * not move it before: everything that is folded with the time would be folded anew for each component of a screen.
 */
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

const TICK = 10_000

const now = ref(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

export function useNow(): Readonly<Ref<number>> {
  if (Math.abs(Date.now() - now.value) >= TICK) now.value = Date.now()
  users += 1
  timer ??= setInterval(() => (now.value = Date.now()), TICK)
  onScopeDispose(() => {
    users -= 1
    if (users > 0) return
    clearInterval(timer)
    timer = undefined
  })
  return readonly(now)
}
