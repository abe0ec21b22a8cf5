/** Who is signed in on this device, and to which agency. Rules SIGN-* in docs/spec.md. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Language } from '../../core/alert.ts'
import { newerDeployment, personOf, type Deployment, type Site } from '../../core/deployment.ts'
import type { Account, Session, SignInFailure } from '../../core/ports.ts'
import type { SiteId } from '../../core/ids.ts'
import { exchangeAnswers } from '../answers.ts'
import { deviceLanguage } from '../i18n.ts'
import { recall, remember, type MemoryKey, type Remembered } from '../memory.ts'
import { usePorts } from '../ports.ts'
import { signInEverywhere, signOutEverywhere, SIGN_IN_ORDER } from './sign-in.ts'
import type { SignInResult } from '../views.ts'

export interface SignInReport {
  result: SignInResult
  /** Names of the sites that could not be reached, or let nobody in. */
  missing: string[]
  /** How long to wait before the next try, ms. */
  retryAfter?: number
}

/** How long what runs may take to end, ms. */
const ENGINE_ENDS = 5_000

export const useSession = defineStore('session', () => {
  const ports = usePorts()
  const { settings } = ports
  const ready = ref(false)
  const deployment = shallowRef<Deployment | null>(null)
  const session = shallowRef<Session | null>(null)
  const language = ref(deviceLanguage(navigator.languages))
  /** The steps after the sign-in are to be shown in this window (SIGN-8). */
  const welcome = ref(false)
  const sessions = shallowRef<Remembered<'sessions'>>({})
  /** Why a site let nobody in at the last try; only this window knows. */
  const failures = shallowRef<Record<SiteId, SignInFailure>>({})

  const readers: Partial<Record<MemoryKey, () => Promise<void>>> = {
    deployment: async () => void (deployment.value = await recall(settings, 'deployment')),
    session: async () => void (session.value = await recall(settings, 'session')),
    // Another window may end them, and begins them for itself alone.
    welcome: async () => void (welcome.value &&= (await recall(settings, 'welcome')) ?? false),
    sessions: async () => void (sessions.value = (await recall(settings, 'sessions')) ?? {}),
    language: async () =>
      void (language.value = (await recall(settings, 'language')) ?? deviceLanguage(navigator.languages)),
  }
  settings.onChange((key) => void readers[key as MemoryKey]?.())

  /** Reads the device's own storage; no network. */
  async function start(): Promise<void> {
    // Where the storage is broken the app starts as if it were new, and says what is wrong (DEVICE-3).
    const begun = async () => void (welcome.value = (await recall(settings, 'welcome')) ?? false)
    await Promise.allSettled([begun, ...Object.values(readers)].map((read) => read()))
    ready.value = true
  }

  async function loadDeployment(): Promise<'ok' | 'no_network' | 'unreadable'> {
    const found = await ports.loadDeployment([`${ports.origin}/notanker.json`])
    const newer = newerDeployment(deployment.value, found === 'unreadable' ? null : found)
    if (newer && newer !== deployment.value) {
      deployment.value = newer
      // Where nothing can be kept it is loaded again at the next start.
      await remember(settings, 'deployment', newer).catch(() => undefined)
    }
    if (newer) return 'ok'
    return found === 'unreadable' ? found : 'no_network'
  }

  const missingSites = computed(() =>
    (deployment.value?.sites ?? []).flatMap(({ id, name }) => {
      const has = session.value?.accounts.some((a) => a.site === id)
      const proof = sessions.value[id]
      const ended = proof?.locked ? ('locked' as const) : ('expired' as const)
      const reason = !has ? ('missing' as const) : proof?.holds === false ? ended : null
      return reason ? [{ id, name, reason, failure: failures.value[id] ?? null }] : []
    }),
  )

  async function signIn(user: string, password: string): Promise<SignInReport> {
    if (!deployment.value && (await loadDeployment()) !== 'ok') return { result: 'no_deployment', missing: [] }
    const file = deployment.value!
    const results = await signInEverywhere(await ports.matrix(), file.sites, user, password)
    const done = results.flatMap((r) => ('account' in r ? [r] : []))
    const missing = results.flatMap((r) => ('account' in r ? [] : [r.site.name]))
    failures.value = Object.fromEntries(results.flatMap((r) => ('failure' in r ? [[r.site.id, r.failure]] : [])))
    if (!done.length) return { ...worst(results), missing }
    const accounts = done.map((r) => r.account)
    const person = personOf(file, accounts[0]!.user)
    // A session that cannot be read is no session: there is nothing left in it to be spared.
    if (ports.storage.state().broken.includes('settings')) await ports.storage.rebuild('settings')
    // What is on the device may be somebody else's, whose session was lost without a sign-out (DEVICE-4).
    const known = await Promise.all(accounts.map(({ user }) => ports.projection.position(user).catch(() => null)))
    if (known.every((position) => position === null)) await ports.projection.clear().catch(() => undefined)
    // What is older than the sign-in is not news.
    await remember(settings, 'seen_switch', ports.clock.now())
    await remember(settings, 'language', language.value)
    await remember(settings, 'welcome', true)
    welcome.value = true
    // What was pushed for somebody who used this device before. What they have answered waits for them in the outbox.
    await exchangeAnswers(ports).catch(() => undefined)
    await ports.inbox.clear().catch(() => undefined)
    await remember(settings, 'session', { person, name: done[0]!.name, device: ports.clock.uuid(), accounts })
    void ports.device.persist().then(() => ports.storage.measure())
    return { result: missing.length ? 'partial' : 'ok', missing }
  }

  /** Makes up for a site that could not be reached at sign-in, or whose session has ended. */
  async function signInAt(id: SiteId, password: string): Promise<SignInResult> {
    const site = deployment.value?.sites.find((s) => s.id === id)
    const current = session.value
    if (!site || !current) return 'refused'
    const [result] = await signInEverywhere(await ports.matrix(), [site], current.person, password)
    if (!result || !('account' in result)) {
      const failure = result?.failure ?? 'unreachable'
      failures.value = { ...failures.value, [id]: failure }
      return failure
    }
    await keepAccount(result.account)
    return 'ok'
  }

  async function keepAccount(account: Account): Promise<void> {
    const current = await recall(settings, 'session')
    if (!current) return
    const accounts = [...current.accounts.filter((a) => a.site !== account.site), account]
    const { [account.site]: _, ...others } = (await recall(settings, 'sessions')) ?? {}
    await remember(settings, 'sessions', { ...others, [account.site]: { holds: true, at: ports.clock.now() } })
    await remember(settings, 'session', { ...current, accounts })
  }

  /** Until nothing is written any more by what still runs, in this window or another; a window that hangs is not waited for. */
  async function engineEnds(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = async () => (await recall(settings, 'status')) ?? resolve()
    const stop = settings.onChange((key) => void (key === 'status' && look()))
    const cancel = ports.clock.at(ports.clock.now() + ENGINE_ENDS, resolve)
    void look()
    await promise
    stop()
    cancel()
  }

  /** Deletes what the device holds (SIGN-4). What can be told to sites and relays is told; none is waited for long. */
  async function signOut(): Promise<void> {
    const [current, file] = [session.value, deployment.value]
    const bearer = await recall(settings, 'bearer')
    const kept = language.value
    await remember(settings, 'session', null)
    await engineEnds()
    await settings.clear()
    // What waits for somebody else is not theirs to delete (DEVICE-4).
    const own = (await ports.outbox.all()).filter((item) => item.person === current?.person)
    const forget = ports.outbox.change(
      own.map((item) => item.client_id),
      () => null,
    )
    await Promise.all([ports.projection.clear(), forget, ports.inbox.clear()])
    if (file) await remember(settings, 'deployment', file)
    await remember(settings, 'language', kept)
    await start()
    if (current && file) await signOutEverywhere(ports, current, file, bearer?.bearer ?? null)
    // What the worker has put by until the relays knew.
    await ports.inbox.clear()
  }

  async function setLanguage(next: Language): Promise<void> {
    language.value = next
    await remember(settings, 'language', next)
  }

  return {
    ready,
    deployment,
    session,
    sessions,
    language,
    welcome,
    missingSites,
    person: computed(() => session.value?.person ?? null),
    name: computed(() => session.value?.name ?? ''),
    start,
    loadDeployment,
    signIn,
    signInAt,
    signOut,
    setLanguage,
    finishWelcome: () => remember(settings, 'welcome', false),
  }
})

/** What to tell when no site let the person in: the most certain reason first. */
function worst(
  results: readonly ({ site: Site } & ({ account: Account } | { failure: SignInFailure; retry_after_ms?: number }))[],
) {
  for (const reason of SIGN_IN_ORDER) {
    const found = results.find((r) => 'failure' in r && r.failure === reason)
    if (found && 'failure' in found)
      return { result: reason, ...(found.retry_after_ms ? { retryAfter: found.retry_after_ms } : {}) }
  }
  return { result: 'unreachable' as const }
}
