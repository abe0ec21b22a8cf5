/**
 * What a relay does about the active site, decided from what it knows; who does it is src/server/failover. Rules SITE-4 to
 * SITE-7, SITE-13, SWITCH-4 to SWITCH-8, SWITCH-17 in docs/spec.md.
 */
import { unsound } from './deployment-change.ts'
import type { Deployment } from './deployment.ts'
import {
  FRESH,
  isHeld,
  latestDeclaration,
  momentAfter,
  speakers,
  successor,
  type ActiveSite,
  type KnownDeclaration,
  type Views,
} from './failover.ts'
import type { SiteId } from './ids.ts'
import type { Proposal } from './proposal.ts'
import type { Verdict } from './verdict.ts'

export type Verdicts = Readonly<Record<SiteId, Verdict>>

/** What a relay knows when it decides. */
export interface Sight {
  self: SiteId
  deployment: Deployment
  verdict: Verdicts
  /** The newest declaration in the alert rooms. */
  latest: KnownDeclaration | null
  /** What stands in the Lage room. */
  proposal: Pick<Proposal, 'state' | 'from' | 'to' | 'incident'> | null
  /** What a site's relay goes by; null: it is silent, or does not follow its homeserver. `since`: 0 without a declaration. */
  follows: (site: SiteId) => { site: SiteId; since: number } | null
  /** What each monitor that can be read says of the active site. */
  views?: Views
  /** ms */
  now: number
}

export interface Move {
  from: SiteId
  to: SiteId
}

/** A move, and since when it has been due, ms: for patience with those who speak first. */
export interface Due {
  move: string
  since: number
}

/** What a proposal that is over has become. */
export type Fate = Exclude<Proposal['state'], 'open'>

export type Turn =
  | ({ do: 'move'; due: Due } & Move)
  /** The open proposal is over: because it was decided, or because the site has come back. */
  | { do: 'settle'; fate: Fate; due: null }
  | { do: 'wait'; due: Due | null }

/** How long a relay that answers is given to say what it has to say before the next one does, ms. */
const PATIENCE = 30_000

/**
 * Whether it is this relay's turn to speak for `to`; `waited` ms have passed since somebody should have. One whose own site
 * most monitors see down was away: what its homeserver knows may be old, so it never speaks at once.
 */
function isMyTurn({ self, deployment, verdict, follows }: Sight, to: SiteId, waited: number): boolean {
  if (waited >= PATIENCE) return true
  const order = speakers(deployment, verdict, to, self)
  return verdict[self] !== 'down' && !order.slice(0, order.indexOf(self)).some((site) => follows(site) !== null)
}

/**
 * Whether another relay goes by a later declaration, of a third site that is up: this one's homeserver is behind (SITE-13).
 * What a homeserver knows that is down reaches nobody.
 */
function isBehind({ self, deployment, verdict, latest, follows }: Sight, { from, to }: Move): boolean {
  return deployment.sites.some(({ id }) => {
    const other = id === self || verdict[id] === 'down' ? null : follows(id)
    if (!other || other.site === from || other.site === to) return false
    return other.since > (latest?.declared.since ?? 0) && verdict[other.site] === 'up'
  })
}

const activeSite = ({ deployment, latest }: Pick<Sight, 'deployment' | 'latest'>): SiteId =>
  latest?.declared.site ?? deployment.sites[0]!.id

/** The move that is due, by what is declared and what most monitors see; null: none, or managers have declined it. */
function moveDue(sight: Sight): Move | null {
  const { deployment, verdict, latest, views } = sight
  if (isHeld(deployment, latest, views)) return null
  const from = activeSite(sight)
  const to = successor(deployment, verdict, from, latest?.declared.closed)
  return to === null ? null : { from, to }
}

/** What is to be done now; `before` is what was due at the last look. */
export function takeTurn(sight: Sight, before: Due | null): Turn {
  const { deployment, verdict, latest, proposal, now } = sight
  // A file that relays must not follow is refused; this holds whatever they were started with (SITE-7).
  if (unsound(deployment)) return { do: 'wait', due: null }
  const next = moveDue(sight)
  if (next) {
    const move = `${next.from} ${next.to}`
    const due = before?.move === move ? before : { move, since: now }
    const speaks = isMyTurn(sight, next.to, now - due.since) && !isBehind(sight, next)
    return speaks ? { do: 'move', ...next, due } : { do: 'wait', due }
  }
  const active = activeSite(sight)
  // Only the one that was declined: another relay may see that the site has fallen anew, and has proposed once more.
  const declined = proposal?.incident === latest?.declared.declines
  // Where nobody is sure any more the proposal stands: only a site that is up has come back.
  const over = proposal?.state === 'open' && (proposal.from !== active || verdict[active] === 'up' || declined)
  const fate = proposal?.from !== active ? 'declared' : declined ? 'declined' : 'withdrawn'
  if (over && isMyTurn(sight, proposal.to, 0)) return { do: 'settle', fate, due: null }
  return { do: 'wait', due: null }
}

/**
 * Whether this relay shall complete what was declared, by whomever, or a drill (SITE-14); it has known of it for `known`
 * ms. Its patience does not go by when it was declared: a manager's clock may be hours off, and a relay that comes back
 * would at once tell anew what its homeserver is about to hear.
 */
export function mayComplete(sight: Sight, { declared, at }: KnownDeclaration, known: number): boolean {
  if (unsound(sight.deployment) || declared.by === 'provision') return false
  return sight.now - at < FRESH && isMyTurn(sight, declared.site, known)
}

/** What a move replaces. */
export interface Replaced {
  /**
   * What the incident is made of. Not an event id: copies of one declaration have several. Who declares without an
   * incident, as provisioning does, is named by the moment.
   */
  key: string
  /** The newest declaration in any room. */
  latest: ActiveSite | null
}

/**
 * What a move replaces, of what the alert rooms declare as the homeserver has them right before it. Null: the move is due
 * no more. Somebody has declared anew or declined, or a site has come back meanwhile (SITE-13, SWITCH-17).
 */
export function replacedBy(sight: Sight, { from, to }: Move, rooms: readonly KnownDeclaration[]): Replaced | null {
  const now = { ...sight, latest: latestDeclaration(sight.deployment, sight.latest ? [sight.latest, ...rooms] : rooms) }
  const due = moveDue(now)
  if (due?.from !== from || due.to !== to || isBehind(now, due)) return null
  const latest = now.latest?.declared ?? null
  return { key: latest?.incident ?? String(latest?.since ?? 0), latest }
}

/** The declaration that a relay makes. */
export const declarationOf = (
  { from, to }: Move,
  incident: string,
  latest: ActiveSite | null,
  now: number,
): ActiveSite => ({
  v: 1,
  site: to,
  from,
  since: momentAfter(latest, now),
  closed: (latest?.closed ?? []).filter((site) => site !== to),
  incident,
  by: 'monitor',
  status: 'Actual',
})
