/** What somebody has begun to write in a room: it stays when they leave it, or close the app, until it is sent. */
import { ref, watch, type Ref } from 'vue'
import { usePorts } from '../../ports.ts'
import type { RoomId } from '../../../core/ids.ts'

export function useRoomDraft(room: RoomId): Ref<string> {
  const { settings } = usePorts()
  const key = `room_draft:${room}`
  const text = ref('')
  let touched = false
  void settings.get(key).then((kept) => {
    if (typeof kept === 'string' && !touched) text.value = kept
  })
  watch(text, (now) => {
    touched = true
    void settings.set(key, now || null)
  })
  return text
}
