/** Does something at once, and again `every` ms after it was done, for as long as the component lives. */
import { onScopeDispose } from 'vue'
import { usePorts } from './ports.ts'

export function whileOpen(every: number, work: () => Promise<void>): void {
  const { clock } = usePorts()
  let cancel = () => {}
  let open = true
  async function go(): Promise<void> {
    await work()
    if (open) cancel = clock.at(clock.now() + every, () => void go())
  }
  void go()
  onScopeDispose(() => {
    open = false
    cancel()
  })
}
