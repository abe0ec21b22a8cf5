/**
 * The speaker: looks after each round whether there is something to be said of the active site, and says it where it is
 * this relay's turn. Rules SITE-4 to SITE-7, SWITCH-4 to SWITCH-8.
 *
 *   automatic:  declares where a majority sees the active site down and its successor up
 *   confirm:    proposes it; a manager declares, or nobody in time and the file says `then: automatic`
 *   always:     completes what was declared by whomever, and drills
 */
import type { Deployment } from '../../core/deployment.ts'
import { unsound } from '../../core/deployment-change.ts'
import { TYPE } from '../../core/event.ts'
import {
  incidentId,
  latestActiveSite,
  readActiveSite,
  speakers,
  successor,
  type ActiveSite,
} from '../../core/failover.ts'
import type { SiteId } from '../../core/ids.ts'
import type { RelayStatus } from '../../core/relay.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Homeserver } from '../homeserver.ts'
import type { Log } from '../log.ts'
import { sha256 } from '../sha256.ts'
import { createCompleter } from './completer.ts'
import { createProposer } from './proposer.ts'

type Verdicts = Readonly<Record<SiteId, Verdict>>

export interface Speaker {
  /** Does what is to be done now, if anything. Throws HomeserverError; the next call goes on from there. */
  speak(verdict: Verdicts): Promise<void>
}

interface Ports {
  self: SiteId
  deployment: () => Deployment
  knowledge: Pick<Knowledge, 'rooms' | 'alert' | 'revisionIn' | 'activeSite' | 'drill' | 'proposal'>
  homeserver: Pick<Homeserver, 'stateEvent' | 'setState' | 'send'>
  sites: () => RelayStatus['sites']
  /** What another relay said in the last round; null: silent. */
  peer: (monitor: string) => RelayStatus | null
  now: () => number
  log: Log
}

/** A declaration older than this is completed no more, ms: a room made tomorrow needs no alert of today. */
const FRESH = 3600_000
/** How long a relay that answers is given to say what it has to say before the next one does, ms. */
const PATIENCE = 30_000

interface Step {
  from: SiteId
  to: SiteId
  incident: string
  /** The newest declaration in any room. */
  latest: ActiveSite | null
}

export function createSpeaker(ports: Ports): Speaker {
  const { self, deployment, knowledge, homeserver, peer, now, log } = ports
  const completer = createCompleter(ports)
  const proposer = createProposer(ports)
  const alertRooms = () => knowledge.rooms().filter((r) => r.kind === 'alert')
  /** Since when the same move has been due, for patience with those who speak first. */
  let due: { key: string; since: number } | null = null

  /** Whether it is this relay's turn to speak for `to`; `waited` ms have passed since somebody should have. */
  function isMyTurn(verdict: Verdicts, to: SiteId, waited: number): boolean {
    const order = speakers(deployment(), verdict, to, self)
    const before = order.slice(0, order.indexOf(self))
    // One that does not know of any active site does not follow its homeserver.
    return waited >= PATIENCE || before.every((site) => (peer(site)?.active_site ?? null) === null)
  }

  /** What a move away from `from` replaces; null: somebody has already declared a site that is not down. */
  async function prepare(from: SiteId, to: SiteId, verdict: Verdicts): Promise<Step | null> {
    const rooms = alertRooms()
    const events = await Promise.all(rooms.map((r) => homeserver.stateEvent(r.id, TYPE.activeSite)))
    const declared = rooms.flatMap((room, i) => (events[i] && readActiveSite(room, events[i])) ?? [])
    const latest = latestActiveSite(declared)
    const first = rooms[0]
    if (!first || (latest && latest.site !== from && verdict[latest.site] === 'up')) return null
    return { from, to, latest, incident: await incidentId(sha256, events[0]?.event_id ?? first.id, from, to) }
  }

  async function declare({ from, to, incident, latest }: Step): Promise<void> {
    const content: ActiveSite = {
      v: 1,
      site: to,
      from,
      since: Math.max(now(), (latest?.since ?? 0) + 1),
      closed: (latest?.closed ?? []).filter((site) => site !== to),
      incident,
      by: 'monitor',
      status: 'Actual',
    }
    await homeserver.setState(alertRooms()[0]!.id, TYPE.activeSite, '', content)
    log.info({ from, to, incident }, 'declares the active site')
    await completer.complete(content, TYPE.activeSite)
  }

  /** The move that the majority's verdict asks for; true: it is declared. */
  async function move(active: SiteId, to: SiteId, verdict: Verdicts): Promise<boolean> {
    const key = `${active} ${to}`
    if (due?.key !== key) due = { key, since: now() }
    if (!isMyTurn(verdict, to, now() - due.since)) return false
    const step = await prepare(active, to, verdict)
    if (!step) return false
    const alone = deployment().failover.mode === 'automatic'
    if (!alone && !(await proposer.propose(step))) return false
    await declare(step)
    await proposer.settle(true)
    return true
  }

  async function finish(
    declared: ActiveSite | null,
    type: typeof TYPE.activeSite | typeof TYPE.drill,
    verdict: Verdicts,
  ) {
    if (!declared || declared.by === 'provision') return
    const age = now() - declared.since
    if (age < FRESH && isMyTurn(verdict, declared.site, age)) await completer.complete(declared, type)
  }

  return {
    async speak(verdict) {
      // A file that relays must not follow is refused; this holds whatever they were started with (SITE-7).
      if (unsound(deployment())) return
      const declared = knowledge.activeSite()
      const active = declared?.site ?? deployment().sites[0]!.id
      const next = successor(deployment(), verdict, active, declared?.closed)
      if (next !== null) {
        if (await move(active, next, verdict)) return
      } else {
        due = null
        const open = knowledge.proposal()?.proposal
        // Where nobody is sure any more the proposal stands: only a site that is up has come back.
        const over = open?.state === 'open' && (open.from !== active || verdict[active] === 'up')
        if (over && isMyTurn(verdict, open.to, 0)) await proposer.settle(open.from !== active)
      }
      await finish(declared, TYPE.activeSite, verdict)
      await finish(knowledge.drill(), TYPE.drill, verdict)
    },
  }
}
