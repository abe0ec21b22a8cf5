/** The alert that a crisis manager is writing. It is on the device while it is written (LEAD-2). */
import { computed, ref, shallowRef, watch } from 'vue'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { alertOf, draftProblems, draftSchema, emptyDraft, isUnwritten, type Draft } from '../../core/draft.ts'
import { timestamp, type AlertId } from '../../core/ids.ts'
import { parseOrNull } from '../../core/parse.ts'
import { usePorts } from '../ports.ts'
import { useAgency } from './agency.ts'
import { useOutbox } from './outbox.ts'
import { useSession } from './session.ts'

const KEY = 'draft'
const savedSchema = v.object({ draft: draftSchema, saved_at: timestamp })

export const useDraft = defineStore('draft', () => {
  const { settings, clock } = usePorts()
  const agency = useAgency()
  const outbox = useOutbox()
  const session = useSession()
  /** Replaced, never changed in place: a store on disk takes no proxies. */
  const draft = shallowRef<Draft>(emptyDraft())
  const savedAt = ref<number | null>(null)
  /** The device's storage failed: what is on the screen is nowhere else. */
  const unsaved = ref(false)
  let touched = false
  let writing: Promise<void> | null = null
  let newer = false

  const loaded = settings.get(KEY).then((stored) => {
    const saved = parseOrNull(savedSchema, stored)
    if (!saved || touched) return
    draft.value = saved.draft
    savedAt.value = saved.saved_at
  })

  /** One write at a time; what was typed meanwhile goes out with the next, so the last word is always written. */
  async function write(): Promise<void> {
    do {
      newer = false
      const at = clock.now()
      const content = isUnwritten(draft.value) ? null : { draft: draft.value, saved_at: at }
      try {
        await settings.set(KEY, content)
        savedAt.value = content && at
        unsaved.value = false
      } catch {
        unsaved.value = true
      }
    } while (newer)
    writing = null
  }
  function save(): Promise<void> {
    newer = true
    return (writing ??= write())
  }

  function update(patch: Partial<Draft>): void {
    touched = true
    draft.value = { ...draft.value, ...patch }
    void save()
  }
  function clear(): Promise<void> {
    touched = true
    draft.value = emptyDraft()
    return save()
  }
  const audienceLabel = computed(() =>
    agency.audiences
      .filter(({ room }) => draft.value.rooms.includes(room))
      .map(({ title }) => title)
      .join(', ')
      .slice(0, 200),
  )
  /** Resolves when the alert is on disk (OUT-1); only then the draft goes. */
  async function send(): Promise<AlertId> {
    const id = clock.uuid()
    const as = { id, rev: 0, now: clock.now(), audienceLabel: audienceLabel.value, msg_type: 'Alert' } as const
    await outbox.sendAlert(alertOf(draft.value, as))
    await clear()
    return id
  }
  // Whoever signs in next on this device has not written it.
  watch(
    () => session.session === null && session.ready,
    (signedOut) => {
      if (!signedOut) return
      draft.value = emptyDraft()
      savedAt.value = null
    },
  )

  const problems = computed(() => draftProblems(draft.value))
  const written = computed(() => !isUnwritten(draft.value))
  return { draft, problems, written, audienceLabel, savedAt, unsaved, loaded, update, clear, send }
})
