/** Whether something that a person asked for is under way; also when it fails, it is over. */
import { ref, type Ref } from 'vue'

export function useBusy(): { busy: Ref<boolean>; during: <T>(work: () => Promise<T>) => Promise<T> } {
  const busy = ref(false)
  async function during<T>(work: () => Promise<T>): Promise<T> {
    busy.value = true
    try {
      return await work()
    } finally {
      busy.value = false
    }
  }
  return { busy, during }
}
