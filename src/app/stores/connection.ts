/** Which site is in use, what works, and the switch that was. Rule APP-4 in docs/spec.md. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { declarations, latestActiveSite } from '../../core/failover.ts'
import { isUndecided } from '../../core/proposal.ts'
import { siteById } from '../../core/deployment.ts'
import { recall, remember, type Status } from '../memory.ts'
import { deviceTrouble, noticeOf, siteRows, stripOf } from '../folds/connection.ts'
import { useCalm } from '../calm.ts'
import { useNow } from '../now.ts'
import { usePorts } from '../ports.ts'
import { useStorage } from '../storage.ts'
import type { Strip, StripState } from '../views.ts'
import { useAgency } from './agency.ts'
import { useOutbox } from './outbox.ts'
import { useSession } from './session.ts'

/** How long a look at everything takes at most, ms. */
const LOOK = 6_000
/** Each start seeks for a moment: only what lasts longer is told, ms. */
const SEEKING = 3_000

export const useConnection = defineStore('connection', () => {
  const { settings, clock, projection } = usePorts()
  const { state: storage, port } = useStorage()
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

  const declared = computed(
    () => session.deployment && latestActiveSite(declarations(session.deployment, agency.agency)),
  )
  /** What relays propose, as long as nobody has decided (SWITCH-5). */
  const proposal = computed(() => {
    const known = agency.proposal
    return known && isUndecided(known, declared.value) ? known : null
  })
  const facts = computed(() =>
    session.deployment
      ? {
          deployment: session.deployment,
          status: status.value,
          declared: declared.value,
          proposed: agency.proposal?.incident,
          asOf: agency.asOf,
          waiting: outbox.waiting,
          signedIn: new Set(session.session?.accounts.map((a) => a.site)),
          refused: new Map(
            session.missingSites.flatMap(({ id, reason }) => (reason === 'missing' ? [] : [[id, reason] as const])),
          ),
          now: now.value,
        }
      : null,
  )

  const calm = useCalm<StripState>(
    () => (facts.value ? stripOf(facts.value) : { state: 'seeking' as const, asOf: null }),
    ({ state }) => state === 'seeking',
    SEEKING,
    clock,
  )

  const offset = ref(0)
  const loadOffset = async () => void (offset.value = (await recall(settings, 'clock'))?.offset ?? 0)
  settings.onChange((key) => void (key === 'clock' && loadOffset()))
  const device = computed(() => deviceTrouble(storage.value, outbox.lost, offset.value))
  const strip = computed<Strip>(() => ({ ...calm.value, ...(device.value ? { device: device.value } : {}) }))

  async function check(): Promise<void> {
    checking.value = true
    // A storage that takes nothing takes no question either.
    await remember(settings, 'ask', clock.now()).catch(() => undefined)
    clock.at(clock.now() + LOOK, () => (checking.value = false))
  }

  return {
    declared,
    proposal,
    strip,
    /** What is missing; null: what is said goes out. */
    cut: computed(() => (strip.value.state === 'offline' ? strip.value.cut : null)),
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
    storage,
    device,
    /** How far the clock of this device is behind, ms. */
    offset,
    /** Makes room for what the person says; it is tried again by itself. */
    makeRoom: () => projection.makeRoom(),
    rebuildOutbox: () => port.rebuild('outbox'),
    start: () => Promise.all([load(), loadOffset()]),
  }
})
