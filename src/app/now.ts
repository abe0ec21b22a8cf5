/**
 * The time of day as screens show it: one ticking ref for all of them, every ten seconds. A component that joins does
 * not move it before: everything that is folded with the time would be folded anew for each component of a screen.
 */
import { inject, onScopeDispose, readonly, ref, type Ref } from 'vue'
import { PORTS } from './ports.ts'

const TICK = 10_000

const now = ref(Date.now())
/** The relays' time, where it is known (DEVICE-6). */
let read = Date.now
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

export function useNow(): Readonly<Ref<number>> {
  const clock = inject(PORTS, null)?.clock
  read = clock ? () => clock.now() : Date.now
  if (Math.abs(read() - now.value) >= TICK) now.value = read()
  users += 1
  timer ??= setInterval(() => (now.value = read()), TICK)
  onScopeDispose(() => {
    users -= 1
    if (users > 0) return
    clearInterval(timer)
    timer = undefined
  })
  return readonly(now)
}
