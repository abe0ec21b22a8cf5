/** What this device has proven before the crisis. Rules READY-* in docs/spec.md. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { PushState } from '../../core/ports.ts'
import { heldBearer, recall, remember, type Remembered } from '../memory.ts'
import { handbookRow, installedRow, pushRow, standbyRow } from '../folds/readiness.ts'
import { usePorts } from '../ports.ts'
import { useStorage } from '../storage.ts'
import { useAgency } from './agency.ts'
import { useConnection } from './connection.ts'
import { useSession } from './session.ts'
import type { ReadinessRow } from '../views.ts'

/** A push that has not come after this time, ms, will probably not come. */
const PATIENCE = 60_000
/** How long a registration at the relays may take before a test is called impossible, ms. */
const REGISTRATION = 20_000

export interface SelfTest {
  state: 'idle' | 'sending' | 'waiting' | 'received' | 'failed'
  /** From the relay to this device, ms. */
  ms?: number
  failure?: 'offline' | 'unknown_device' | 'push_refused' | 'silent'
}

export const useReadiness = defineStore('readiness', () => {
  const ports = usePorts()
  const { clock, settings, device, inbox, relays } = ports
  const [session, agency, connection] = [useSession(), useAgency(), useConnection()]
  const { state: storage, port } = useStorage()
  const installed = ref(device.installed())
  const installable = ref(false)
  const push = ref<PushState>('not_asked')
  const received = shallowRef<Awaited<ReturnType<typeof inbox.lastTest>>>(null)
  const asked = shallowRef<Remembered<'self_test'> | null>(null)
  /** Relays that know where this device is rung. */
  const registered = shallowRef<string[]>([])
  const test = shallowRef<SelfTest>({ state: 'idle' })
  let running: { id: string; asked_at: number; cancel: () => void } | null = null
  const busy = ref<ReadinessRow['id'] | null>(null)
  /** When installation and push were last looked at. */
  const lookedAt = ref(clock.now())

  async function look(): Promise<void> {
    installed.value = device.installed()
    const [state, came, subscription, last, known] = await Promise.all([
      device.pushState(),
      inbox.lastTest().catch(() => null),
      device.subscription(),
      recall(settings, 'self_test'),
      recall(settings, 'registered'),
    ])
    push.value = state
    received.value = came
    // A proof holds for the subscription that it was made with.
    asked.value = last && last.endpoint === subscription?.endpoint ? last : null
    registered.value = known && known.endpoint === subscription?.endpoint ? known.relays : []
    lookedAt.value = clock.now()
    if (running && came?.id === running.id) {
      running.cancel()
      test.value = { state: 'received', ms: came.received_at - running.asked_at }
      running = null
    }
  }
  device.onInstallable((can) => {
    installable.value = can
    void look()
  })
  inbox.onChange(() => void look())
  settings.onChange((key) => void ((key === 'session' || key === 'registered') && look()))

  const rows = computed<ReadinessRow[]>(() => {
    const { deployment } = session
    if (!deployment || !session.session) return []
    const [accounts, sessions] = [session.session.accounts, session.sessions]
    return [
      installedRow(installed.value, installable.value, storage.value.persisted, lookedAt.value),
      pushRow({
        state: push.value,
        hasRelay: deployment.vapid_public_key !== undefined && deployment.sites.some((s) => s.relay),
        unregistered: deployment.sites.flatMap(({ name, relay }) =>
          relay && !registered.value.includes(relay) ? [name] : [],
        ),
        received: received.value,
        asked: asked.value,
        now: clock.now(),
        patience: PATIENCE,
      }),
      standbyRow(deployment, accounts, sessions, connection.sites),
      handbookRow(agency.playbooks, agency.contacts, agency.asOf),
    ]
  })

  /** The relays that can ring this device as it is now; waits a moment for the first of them. */
  function registeredRelays(): Promise<string[]> {
    const { promise, resolve } = Promise.withResolvers<string[]>()
    const attempt = async () => {
      const [known, now] = await Promise.all([recall(settings, 'registered'), device.subscription()])
      if (known && known.endpoint === now?.endpoint) resolve(known.relays)
    }
    const stop = settings.onChange((key) => void (key === 'registered' && attempt()))
    const cancel = clock.at(clock.now() + REGISTRATION, () => resolve([]))
    void attempt()
    return promise.finally(() => {
      stop()
      cancel()
    })
  }

  /** The whole way: relay, push service, device, screen (PUSH-9). The first relay that answers does it; one at a time. */
  async function selfTest(): Promise<void> {
    const current = session.session
    if (!current || test.value.state === 'sending' || test.value.state === 'waiting') return
    test.value = { state: 'sending' }
    let failure: SelfTest['failure'] = 'offline'
    for (const relay of await registeredRelays()) {
      const bearer = await heldBearer(settings, current.device, clock.now())
      const endpoint = (await device.subscription())?.endpoint
      const asked_at = clock.now()
      const reply = bearer ? await relays.test(relay, bearer, current.device) : ({ failure: 'offline' } as const)
      if ('failure' in reply || !endpoint) {
        failure = 'failure' in reply ? reply.failure : 'push_refused'
        continue
      }
      await remember(settings, 'self_test', { ...reply, asked_at, endpoint })
      const cancel = clock.at(clock.now() + PATIENCE, () => {
        running = null
        test.value = { state: 'failed', failure: 'silent' }
        void look()
      })
      running = { id: reply.id, asked_at, cancel }
      test.value = { state: 'waiting' }
      return look()
    }
    // A relay that does not know this device is told of it at once.
    if (failure === 'unknown_device') await remember(settings, 'push_changed', clock.now())
    test.value = { state: 'failed', failure }
  }

  async function allowPush(): Promise<boolean> {
    const vapid = session.deployment?.vapid_public_key
    const made = vapid ? await device.subscribe(vapid) : null
    await remember(settings, 'push_changed', clock.now())
    await look()
    return made !== null
  }

  /** Asked again whenever it may be answered otherwise than before; the browser may ask the person, and take its time. */
  const keepStorage = () => void device.persist().then(() => port.measure())

  const install = async () => {
    const answer = await device.install()
    keepStorage()
    await look()
    return answer
  }

  async function check(): Promise<void> {
    keepStorage()
    await Promise.all([look(), connection.check()])
  }

  /** Mends what a row says; a missing sign-in needs a password, which the screen asks for. */
  async function fix({ id, fix: how }: ReadinessRow): Promise<void> {
    busy.value = id
    try {
      if (how === 'install') await install()
      else if (how === 'allow_push') await allowPush()
      else if (how === 'test_push') await selfTest()
      else await check()
    } finally {
      busy.value = null
    }
  }

  return {
    rows,
    proven: computed(() => rows.value.filter((row) => row.state === 'proven').length),
    busy,
    test,
    installable,
    platform: device.platform,
    start: look,
    fix,
    install,
    allowPush,
    selfTest,
    check,
  }
})
