/**
 * The speaker: looks after each round whether there is something to be said of the active site, and says it where it is
 * this relay's turn; what is decided is core's (`switching.ts`). Rules SITE-4 to SITE-7, SWITCH-4 to SWITCH-8.
 *
 *   automatic:  declares where a majority sees the active site down and its successor up
 *   confirm:    proposes it; a manager declares, or declines, or nobody in time and the file says `then: automatic`
 *   always:     completes what was declared by whomever, and drills
 */
import type { Deployment } from '../../core/deployment.ts'
import { TYPE } from '../../core/event.ts'
import { incidentId, readActiveSite, type KnownDeclaration, type Views } from '../../core/failover.ts'
import type { SiteId } from '../../core/ids.ts'
import type { RelayStatus } from '../../core/relay.ts'
import {
  declarationOf,
  mayComplete,
  replacedBy,
  takeTurn,
  type Due,
  type Move,
  type Sight,
  type Verdicts,
} from '../../core/switching.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Homeserver } from '../homeserver.ts'
import type { Log } from '../log.ts'
import { sha256 } from '../sha256.ts'
import { createCompleter } from './completer.ts'
import { createProposer } from './proposer.ts'

export interface Speaker {
  /** Does what is to be done now, if anything. Throws HomeserverError; the next call goes on from there. */
  speak(): Promise<void>
  /** Its homeserver does not answer. When it does, the speaker waits anew for those that speak first (SITE-14). */
  pause(): void
}

interface Ports {
  self: SiteId
  deployment: () => Deployment
  knowledge: Pick<Knowledge, 'rooms' | 'alert' | 'revisionIn' | 'activeSite' | 'drill' | 'proposal'>
  homeserver: Pick<Homeserver, 'stateEvent' | 'setState' | 'send' | 'messages'>
  sites: () => RelayStatus['sites']
  /** What most of the monitors see. */
  verdict: () => Verdicts
  /** What another relay said in the last round; null: silent. */
  peer: (monitor: string) => RelayStatus | null
  now: () => number
  log: Log
}

export function createSpeaker(ports: Ports): Speaker {
  const { self, deployment, knowledge, homeserver, sites, verdict, peer, now, log } = ports
  const completer = createCompleter(ports)
  const proposer = createProposer(ports)
  const alertRooms = () => knowledge.rooms().filter((r) => r.kind === 'alert')
  /** Since when the same move has been due, for patience with those who speak first. */
  let due: Due | null = null
  /** Of the newest declaration and drill: what it says of its time, and when it was first seen here, ms. */
  const known = new Map<string, { declared: number; since: number }>()

  /** What each monitor says of a site. */
  const viewsOf = (site: SiteId): Views =>
    new Map(deployment().monitors.map(({ id }) => [id, (id === self ? sites() : peer(id)?.sites)?.[site]]))

  function sight(): Sight {
    const latest = knowledge.activeSite()
    return {
      self,
      deployment: deployment(),
      verdict: verdict(),
      latest,
      proposal: knowledge.proposal()?.proposal ?? null,
      views: viewsOf(latest?.declared.site ?? deployment().sites[0]!.id),
      follows(site) {
        const { active_site = null, active_since = null } = peer(site) ?? {}
        return active_site === null ? null : { site: active_site, since: active_since ?? 0 }
      },
      now: now(),
    }
  }

  /** The move that the majority's verdict asks for; true: there is nothing more to say in this round. */
  async function move({ from, to }: Move): Promise<boolean> {
    const rooms = alertRooms()
    const [first] = rooms
    const events = await Promise.all(rooms.map((r) => homeserver.stateEvent(r.id, TYPE.activeSite)))
    const there = rooms.flatMap((room, i): KnownDeclaration[] => {
      const event = events[i]
      const declared = event ? readActiveSite(room, event) : null
      return event && declared ? [{ declared, at: event.origin_server_ts }] : []
    })
    const replaced = first && replacedBy(sight(), { from, to }, there)
    // What its bot knows is old: it is not to be completed.
    if (!replaced) return true
    const incident = await incidentId(sha256, replaced.key, from, to)
    const alone = deployment().failover.mode === 'automatic'
    if (!alone && !(await proposer.propose({ from, to, incident }))) return false
    const content = declarationOf({ from, to }, incident, replaced.latest, now())
    await homeserver.setState(first.id, TYPE.activeSite, '', content)
    log.info({ from, to, incident }, 'declares the active site')
    await completer.complete({ declared: content, at: now() }, TYPE.activeSite)
    await proposer.settle('declared')
    return true
  }

  async function finish(
    declaration: KnownDeclaration | null,
    type: typeof TYPE.activeSite | typeof TYPE.drill,
    seen: Sight,
  ): Promise<void> {
    if (!declaration) return
    const { since: declared } = declaration.declared
    const before = known.get(type)
    const since = before?.declared === declared ? before.since : now()
    known.set(type, { declared, since })
    if (mayComplete({ ...seen, now: now() }, declaration, now() - since)) await completer.complete(declaration, type)
  }

  return {
    async speak() {
      const seen = sight()
      const declared = knowledge.activeSite()
      const turn = takeTurn(seen, due)
      due = turn.due
      if (turn.do === 'move' && (await move(turn))) return
      if (turn.do === 'settle') await proposer.settle(turn.fate)
      await finish(declared, TYPE.activeSite, seen)
      await finish(knowledge.drill(), TYPE.drill, seen)
    },
    pause() {
      due = null
      known.clear()
    },
  }
}
