/** Tallies are read for the alerts that somebody looks at, and anew when something came to them (SYNC-14). */
import { computed, shallowRef, watch } from 'vue'
import type { RoomEvent } from '../../core/event.ts'
import type { AlertId, RoomId } from '../../core/ids.ts'
import type { Projection } from '../../core/ports.ts'

/** `wanted` alerts, whose tallies stand in rooms of which `isLage` is true. Undefined: not read yet. */
export function useTallies(
  projection: Projection,
  wanted: () => readonly AlertId[],
  isLage: (room: RoomId) => boolean,
): (alert: AlertId) => readonly RoomEvent[] | undefined {
  const read = shallowRef<ReadonlyMap<AlertId, readonly RoomEvent[]>>(new Map())
  let loads = 0
  async function load(): Promise<void> {
    const mine = ++loads
    const tallies = await Promise.all(wanted().map(async (id) => [id, await projection.tallies(id)] as const))
    if (mine === loads) read.value = new Map(tallies)
  }
  // What cannot be read now is read with the next change; until then the older count stays.
  const again = () => void load().catch(() => {})
  const key = computed(() => wanted().join())
  watch(key, again, { immediate: true })
  projection.onChange((change) => {
    if (change === 'all' || (typeof change === 'object' && change.rooms.some(isLage))) again()
  })
  return (alert) => read.value.get(alert)
}
