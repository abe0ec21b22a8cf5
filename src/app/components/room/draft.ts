/** What somebody has begun to write in a room: it stays when they leave it, or close the app, until it is sent. */
import { ref, watch, type Ref } from 'vue'
import { usePorts } from '../../ports.ts'
import type { RoomId } from '../../../core/ids.ts'

export function useRoomDraft(room: RoomId): Ref<string> {
  const { settings, outbox } = usePorts()
  const key = `room_draft:${room}`
  const text = ref('')
  let touched = false
  /** The page may go after it was said and before the draft was deleted: said once is enough (OUT-10). */
  async function said(words: string): Promise<boolean> {
    const mine = (await outbox.all()).findLast(({ payload }) => payload.kind === 'event' && payload.room === room)
    const last = mine?.payload.kind === 'event' ? mine.payload.content['body'] : null
    return typeof last === 'string' && last.startsWith(words.trim())
  }
  async function read(): Promise<void> {
    const kept = await settings.get(key)
    if (typeof kept === 'string' && !(await said(kept)) && !touched) text.value = kept
  }
  // What cannot be read is not there.
  read().catch(() => undefined)
  let writing = false
  /** One write at a time, of what stands there then: a page that goes takes a queue with it, and what was sent would come back. */
  async function keep(): Promise<void> {
    if (writing) return
    writing = true
    for (let kept: string | null = null; kept !== text.value;) {
      kept = text.value
      // Where nothing can be kept it stays in the field.
      await settings.set(key, kept || null).catch(() => undefined)
    }
    writing = false
  }
  watch(text, () => {
    touched = true
    void keep()
  })
  return text
}
