/** How the device's storage is, for screens (DEVICE-1 to DEVICE-5, DEVICE-9). */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import type { StoragePort, StorageState } from '../core/ports.ts'
import { usePorts } from './ports.ts'

export function useStorage(): { state: Readonly<ShallowRef<StorageState>>; port: StoragePort } {
  const { storage } = usePorts()
  const state = shallowRef(storage.state())
  onScopeDispose(storage.onChange(() => (state.value = storage.state())))
  return { state, port: storage }
}
