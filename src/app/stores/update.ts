/** A new version of the app that waits beside the running one. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { usePorts } from '../ports.ts'

export const useUpdate = defineStore('update', () => {
  const { updates } = usePorts()
  const available = ref(false)
  updates.onWaiting((waits) => (available.value = waits))
  return { available, apply: () => updates.apply() }
})
