/** Looks whether the sites answer, and says which one to use (SITE-8 to SITE-10, SITE-26). */
import { declarations, latestActiveSite } from '../../core/failover.ts'
import { chooseSite, heeding, isShutOut } from '../../core/site-choice.ts'
import { observe, unseen, type SiteView, type Thresholds } from '../../core/verdict.ts'
import type { SiteId } from '../../core/ids.ts'
import { recall, remember, type Status } from '../memory.ts'
import { relaysInOrder, roomsNow, type Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

/** One lost packet moves nobody; a site that comes back has to hold for a while before people are moved to it. */
const THRESHOLDS: Thresholds = { misses: 3, recovers: 3 }
const PATIENCE = 5_000
/** Time to the next look, ms: while a site is in doubt, while something is wrong, on a quiet day. */
const [SOON, OFTEN, CALM] = [1_000, 5_000, 20_000]
/** The same while no site answers, for whether a relay does. */
const RELAYED = 30_000

export interface SiteWatch extends Kept {
  current(): SiteId | null
  /** Rooms have changed: there may be another declaration. */
  reconsider(): void
  /** What the connection to the site in use has to say. */
  heard(sync: Status['sync']): void
}

/**
 * `moved` is called whenever another site is to be used, `answered` when a site that was silent answers, `renewed` when the
 * site in use takes a session up again that it had refused.
 */
export function watchSites(
  context: Context,
  on: { moved: () => void; answered: () => void; renewed: () => void },
): SiteWatch {
  const { ports, matrix, session, deployment } = context
  const { clock, settings } = ports
  const accounts = deployment.sites.flatMap(({ id }) => session.accounts.filter((a) => a.site === id))
  let views: Record<SiteId, SiteView> = Object.fromEntries(accounts.map((a) => [a.site, unseen(clock.now())]))
  let status: Status | null = null
  /** When the connection was told that its session has ended. */
  let endedAt = 0
  const provenSince = (proof?: { holds: boolean; at: number }) => proof?.holds === true && proof.at > endedAt
  /** No site answered at the last look. */
  let isCutOff = false
  /** `since` of the declaration that the choice rests on. */
  let considered = 0

  async function say(change: Partial<Status>): Promise<void> {
    const before = status ?? { site: null, since: clock.now(), sync: 'connecting', exchanged_at: null, answers: {} }
    status = { ...before, ...change }
    if (JSON.stringify(status) !== JSON.stringify(before)) await remember(settings, 'status', status)
  }

  const declared = () => latestActiveSite(declarations(deployment, roomsNow(context)))

  /** A start goes on where the last one ended: until something is known, that is the best guess. */
  async function begin(): Promise<void> {
    const last = await recall(settings, 'status')
    const known = last && (Object.keys(last.answers).length ? last.answers : last.last)
    await say({ ...last, sync: 'connecting', answers: {}, relayed: false, ...(known ? { last: known } : {}) })
    if (last?.site) on.moved()
    await choose()
  }

  async function look(): Promise<number> {
    if (!status) await begin()
    const found = await Promise.all(accounts.map((a) => matrix.answers(a.homeserver, PATIENCE)))
    const now = clock.now()
    const before = views
    views = Object.fromEntries(
      accounts.map(({ site }, i) => [site, observe(before[site]!, found[i]!, now, THRESHOLDS)]),
    )
    const answers = Object.fromEntries(Object.entries(views).map(([id, { up, since }]) => [id, { up, since }]))
    const wasCutOff = isCutOff
    isCutOff = !found.includes(true)
    await say({ answers, ...(isCutOff ? {} : { exchanged_at: now, relayed: false }) })
    if (isCutOff && !wasCutOff) network.poke()
    await choose()
    if (accounts.some(({ site }) => views[site]!.up === true && before[site]!.up === false)) on.answered()
    const doubt = Object.values(views).some(({ up, run }) => up !== run.ok)
    return doubt ? SOON : found.every(Boolean) && status?.sync === 'live' ? CALM : OFTEN
  }

  /** Whether it is the network that is missing or the sites (APP-19). One relay is enough: they have phones to ring. */
  async function askForNetwork(): Promise<number | null> {
    if (!isCutOff) return null
    let relayed = false
    for (const { url } of relaysInOrder(context)) relayed ||= (await ports.relays.status(url, PATIENCE)) !== null
    if (isCutOff) await say({ relayed })
    return RELAYED
  }

  const askRelays = () => Promise.all(relaysInOrder(context).map(({ url }) => ports.relays.status(url, PATIENCE)))

  async function choose(): Promise<void> {
    const sessions = (await recall(settings, 'sessions')) ?? {}
    const all = accounts.map((a) => a.site)
    const holds = (id: SiteId | null) => id !== null && sessions[id]?.holds !== false
    // A session that its homeserver no longer knows is none, unless there is no other (SITE-10).
    const holding = all.filter(holds)
    const signedIn = holding.length ? holding : all
    const last = declared()
    considered = last?.since ?? 0
    const known = {
      sites: signedIn,
      declared: last?.site ?? null,
      closed: last?.closed ?? [],
      answers: Object.fromEntries(signedIn.map((id) => [id, views[id]!.up])),
      current: status?.site ?? null,
    }
    const site = chooseSite(isShutOut(known) ? heeding(known, considered, await askRelays()) : known)
    const before = status
    // The account was unlocked: its session has ended here, and is taken up again.
    if (site === before?.site && before?.sync === 'signed_out' && provenSince(sessions[site ?? ''])) {
      await say({ sync: 'connecting' })
      return on.renewed()
    }
    if (site === before?.site) return
    await say({ site, since: clock.now(), sync: 'connecting' })
    on.moved()
  }

  const kept = keep(clock, look, context.trouble)
  const network = keep(clock, askForNetwork, context.trouble)
  return {
    poke() {
      kept.poke()
      network.poke()
    },
    async stop() {
      await Promise.all([kept.stop(), network.stop()])
    },
    current: () => status?.site ?? null,
    reconsider() {
      if ((declared()?.since ?? 0) !== considered) kept.poke()
    },
    heard(sync) {
      if (sync === 'signed_out') endedAt = clock.now()
      const exchanged = sync === 'live' ? { exchanged_at: clock.now() } : {}
      void say({ sync, ...exchanged }).catch(context.trouble)
      if (sync === 'failing') kept.poke()
    },
  }
}
