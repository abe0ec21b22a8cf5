/** My answer to an alert, as screens give it and take it up again. */
import { computed, ref } from 'vue'
import type { AlertId } from '../../../core/ids.ts'
import { useOutbox } from '../../stores/outbox.ts'

export function useAnswer(alert: () => AlertId | undefined) {
  const outbox = useOutbox()
  /** The alert whose answer could not be written down. */
  const failedFor = ref<AlertId>()

  const latest = computed(() =>
    outbox.items
      .flatMap((item) =>
        item.payload.kind === 'response' && item.payload.response.alert === alert()
          ? [{ id: item.client_id, response: item.payload.response }]
          : [],
      )
      .at(-1),
  )

  async function respond(key: string, note?: string): Promise<void> {
    const id = alert()
    if (id === undefined) return
    try {
      await outbox.respond(id, key, note)
      failedFor.value = undefined
    } catch {
      failedFor.value = id
    }
  }

  return {
    note: computed(() => latest.value?.response.note),
    failed: computed(() => failedFor.value !== undefined && failedFor.value === alert()),
    respond,
    retry: async () => void (latest.value && (await outbox.retry(latest.value.id))),
  }
}
