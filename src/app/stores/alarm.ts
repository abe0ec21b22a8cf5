/** The alarm of last resort: what relays say to it, and since when they ring. Rule LAST-7 in docs/spec.md. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { AlertContent } from '../../core/alert.ts'
import { relayUrls } from '../../core/deployment.ts'
import { sentKey } from '../../core/duty.ts'
import { doesAnyAnswer } from '../../core/last-resort.ts'
import type { AlarmFailure } from '../../core/ports.ts'
import { ALERT_MEMORY } from '../../core/relay.ts'
import { heldBearer, recall, remember, type Remembered } from '../memory.ts'
import { usePorts } from '../ports.ts'
import { useSession } from './session.ts'

/** How long a relay may take to say how the sites are, ms. */
const PATIENCE = 5_000

export const useAlarm = defineStore('alarm', () => {
  const { relays, settings, clock } = usePorts()
  const session = useSession()
  const given = shallowRef<Remembered<'alarms'>>({})
  /** A relay has said that no site answers it either. */
  const canBeHad = ref(false)
  const urls = computed(() => (session.deployment ? relayUrls(session.deployment) : []))

  const load = async () => void (given.value = (await recall(settings, 'alarms')) ?? {})
  settings.onChange((key) => void (key === 'alarms' && load()))
  void load()

  async function look(): Promise<void> {
    const found = await Promise.all(urls.value.map((url) => relays.status(url, PATIENCE)))
    canBeHad.value = found.some((status) => status && doesAnyAnswer(status.sites) === false)
  }

  async function keep(content: AlertContent, at: number): Promise<void> {
    const known = Object.entries((await recall(settings, 'alarms')) ?? {})
    const recent = known.filter(([, since]) => clock.now() - since < ALERT_MEMORY)
    await remember(settings, 'alarms', { ...Object.fromEntries(recent), [sentKey(content)]: at })
  }

  /** Asks one relay after the other until one rings; why none does. */
  async function raise(content: AlertContent): Promise<AlarmFailure | null> {
    const bearer = await heldBearer(settings, session.session?.device, clock.now())
    if (!bearer) return 'signed_out'
    let why: AlarmFailure = 'silent'
    for (const url of urls.value) {
      const said = await relays.alarm(url, bearer, content)
      if ('at' in said) {
        await keep(content, said.at)
        return null
      }
      // What one has said counts for more than the silence of another.
      if (said.failure !== 'silent') why = said.failure
    }
    return why
  }

  return { canBeHad, look, raise, givenAt: (content: AlertContent) => given.value[sentKey(content)] ?? null }
})
