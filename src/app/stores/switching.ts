/** Umschalten: what is declared, what may be declared, what the monitors see, and what became of it. Rules LEAD-11 to LEAD-14 in docs/spec.md. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import {
  declarationFor,
  intentsOf,
  lastDeclared,
  runningDrill,
  standingOf,
  type Intent,
} from '../../core/declaration.ts'
import { isBot, siteById } from '../../core/deployment.ts'
import { TYPE } from '../../core/event.ts'
import { drills, latestActiveSite, readActiveSite } from '../../core/failover.ts'
import { stateOf } from '../../core/room.ts'
import { alertOf } from '../../core/switch-alert.ts'
import type { RelayStatus } from '../../core/relay.ts'
import type { SiteId } from '../../core/ids.ts'
import { evidenceOf } from '../folds/evidence.ts'
import { usePorts } from '../ports.ts'
import { useAgency } from './agency.ts'
import { useConnection } from './connection.ts'
import { useOutbox } from './outbox.ts'
import { useSession } from './session.ts'

/** How long a monitor may take to answer, ms. */
const PATIENCE = 5_000

export const useSwitching = defineStore('switching', () => {
  const { relays, clock } = usePorts()
  const agency = useAgency()
  const connection = useConnection()
  const outbox = useOutbox()
  const session = useSession()

  const deployment = computed(() => session.deployment)
  const drill = computed(() => {
    const file = deployment.value
    return file && runningDrill(file, connection.declared, latestActiveSite(drills(file, agency.agency)))
  })
  const standing = computed(
    () => deployment.value && standingOf(deployment.value, connection.declared, connection.proposal),
  )
  /** While a drill runs, what is practised next starts from it. */
  const practised = computed(() =>
    deployment.value && drill.value ? standingOf(deployment.value, drill.value, null) : standing.value,
  )
  const intents = computed(() =>
    deployment.value && standing.value ? intentsOf(deployment.value, standing.value) : [],
  )
  /** The end of the drill that runs: the way back to the site in use, or that it was a mistake. */
  const drillIntents = computed(() => {
    if (!deployment.value || !drill.value || !practised.value) return []
    const home = standing.value?.site
    return intentsOf(deployment.value, practised.value).filter(
      (intent) => (intent.kind === 'move' || intent.kind === 'correct') && intent.to === home,
    )
  })

  /** Who has declared what holds, by name; null: relays, or nobody. What relays have copied into other rooms is not theirs. */
  const declaredBy = computed(() => {
    const { declared } = connection
    if (!declared || declared.by !== 'manager' || !deployment.value) return null
    for (const room of agency.agency) {
      const event = stateOf(room.record, TYPE.activeSite)
      if (!event || isBot(deployment.value, event.sender)) continue
      if (readActiveSite(room, event)?.since === declared.since) return agency.nameOf(event.sender)
    }
    return null
  })

  const reports = shallowRef<ReadonlyMap<string, RelayStatus | null>>(new Map())
  const lookedAt = ref<number | null>(null)
  /** Asks every monitor what it sees. */
  async function look(): Promise<void> {
    const monitors = deployment.value?.monitors ?? []
    const found = await Promise.all(
      monitors.map(async ({ id, url }) => [id, await relays.status(url, PATIENCE)] as const),
    )
    reports.value = new Map(found)
    lookedAt.value = clock.now()
  }

  function make(intent: Intent, asDrill: boolean, incident: string) {
    const from = asDrill ? practised.value : standing.value
    return from && declarationFor(intent, from, { now: clock.now(), incident, drill: asDrill })
  }
  const previewId = clock.uuid()
  /** The alert that relays will send; null: it moves nobody. */
  function alertFor(intent: Intent, asDrill: boolean) {
    const declared = make(intent, asDrill, previewId)
    if (!declared || !deployment.value) return null
    const wrong = declared.corrects === undefined ? null : (agency.alert(declared.corrects)?.alert ?? null)
    return alertOf(deployment.value, declared, { rooms: agency.agency, proposed: agency.proposal?.incident, wrong })
  }
  /** Resolves when it is on disk (OUT-1). */
  async function declare(intent: Intent, asDrill: boolean): Promise<void> {
    const content = make(intent, asDrill, clock.uuid())
    if (content) await outbox.declare(agency.declarable, asDrill ? TYPE.drill : TYPE.activeSite, content)
  }

  return {
    standing,
    practised,
    drill,
    intents,
    drillIntents,
    declaredBy,
    evidence: computed(() => (deployment.value ? evidenceOf(deployment.value, reports.value) : [])),
    /** Null: nobody was asked yet. */
    lookedAt,
    /** Whether relays can be read from here at all. */
    anyRelay: computed(() => [...reports.value.values()].some((status) => status !== null)),
    look,
    alertFor,
    declare,
    said: computed(() => lastDeclared(outbox.items)),
    nameOf: (site: SiteId) => (deployment.value && siteById(deployment.value, site)?.name) ?? site,
  }
})
