/** Which site is in use, what works, and the switch that was. Rule APP-4 in docs/spec.md. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { TYPE } from '../../core/event.ts'
import { latestActiveSite, readActiveSite } from '../../core/failover.ts'
import { siteById } from '../../core/deployment.ts'
import { statesOf } from '../../core/room.ts'
import { recall, remember, type Status } from '../memory.ts'
import { noticeOf, siteRows, stripOf } from '../folds/connection.ts'
import { useCalm } from '../calm.ts'
import { useNow } from '../now.ts'
import { usePorts } from '../ports.ts'
import { useAgency } from './agency.ts'
import { useOutbox } from './outbox.ts'
import { useSession } from './session.ts'

/** How long a look at everything takes at most, ms. */
const LOOK = 6_000
/** Each start seeks for a moment: only what lasts longer is told, ms. */
const SEEKING = 3_000

export const useConnection = defineStore('connection', () => {
  const { settings, clock } = usePorts()
  const session = useSession()
  const agency = useAgency()
  const outbox = useOutbox()
  const now = useNow()
  const status = shallowRef<Status | null>(null)
  const seen = ref(0)
  const checking = ref(false)

  const load = async () => {
    status.value = await recall(settings, 'status')
    seen.value = (await recall(settings, 'seen_switch')) ?? 0
  }
  settings.onChange((key) => void ((key === 'status' || key === 'seen_switch') && load()))

  const declared = computed(() =>
    latestActiveSite(
      agency.agency.flatMap((room) =>
        statesOf(room.record, TYPE.activeSite).flatMap((e) => readActiveSite(room, e) ?? []),
      ),
    ),
  )
  const facts = computed(() =>
    session.deployment
      ? {
          deployment: session.deployment,
          status: status.value,
          declared: declared.value,
          asOf: agency.asOf,
          waiting: outbox.waiting,
          signedIn: new Set(session.session?.accounts.map((a) => a.site)),
          expired: new Set(session.missingSites.map((site) => site.id)),
          now: now.value,
        }
      : null,
  )

  const strip = useCalm(
    () => (facts.value ? stripOf(facts.value) : { state: 'seeking' as const, asOf: null }),
    ({ state }) => state === 'seeking',
    SEEKING,
    clock,
  )

  async function check(): Promise<void> {
    checking.value = true
    await remember(settings, 'ask', clock.now())
    clock.at(clock.now() + LOOK, () => (checking.value = false))
  }

  return {
    strip,
    sites: computed(() => (facts.value ? siteRows(facts.value) : [])),
    current: computed(() => {
      const id = status.value?.site
      return (id && session.deployment && siteById(session.deployment, id)?.name) || null
    }),
    since: computed(() => status.value?.since ?? null),
    lastExchange: computed(() => status.value?.exchanged_at ?? null),
    notice: computed(() => (facts.value ? noticeOf(facts.value, seen.value) : null)),
    dismissNotice: () => remember(settings, 'seen_switch', declared.value?.since ?? clock.now()),
    checking,
    check,
    start: load,
  }
})
