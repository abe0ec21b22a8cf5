/** When a proposal is made, taken back, or over: what the proposer writes into the Lage room. Rule SWITCH-5. */
import type { Deployment } from './deployment.ts'
import type { KnownProposal, Proposal } from './proposal.ts'
import type { Fate, Move } from './switching.ts'

/** How long managers are waited for unless the deployment file says otherwise, s. */
const PATIENCE_S = 300

/** A proposal, and when its homeserver took it, ms. */
interface TakenProposal {
  proposal: Proposal
  event: Pick<KnownProposal['event'], 'origin_server_ts'>
}

/**
 * The proposal with its time by the clock of the homeserver that took it: that of whoever wrote it may be wrong, and
 * managers are to have all of their time (SWITCH-5).
 */
export const timed = ({ proposal, event }: TakenProposal): Proposal => ({
  ...proposal,
  until: event.origin_server_ts + proposal.until - proposal.at,
})

/** What a relay has written, and the event that stood there before as its bot knew it. */
export interface Written {
  proposal: Proposal
  over: string | null
}

/** What stands: in the room, or written by this relay just now, as long as its bot sees what stood there before. */
export const standing = (
  inRoom: { proposal: Proposal; event: { event_id: string } } | null,
  written: Written | null,
): Proposal | null =>
  written && written.over === (inRoom?.event.event_id ?? null) ? written.proposal : (inRoom?.proposal ?? null)

/**
 * What becomes of the proposal of a move that is due: the one to write, or that the one that stands is waited for, or
 * that its time is over and relays shall declare by themselves. `id` is that of its alert; `now` in ms.
 */
export function proposing(
  move: Move & { incident: string },
  before: Proposal | null,
  { failover }: Pick<Deployment, 'failover'>,
  { id, evidence, now }: Pick<Proposal, 'id' | 'evidence'> & { now: number },
): Proposal | 'wait' | 'declare' {
  const { from, to, incident } = move
  const { confirm_within_s = PATIENCE_S, then = 'nothing' } = failover
  const same = before?.incident === incident && before.status === 'Actual' ? before : null
  if (same?.state === 'open') return same.then === 'automatic' && now >= same.until ? 'declare' : 'wait'
  return {
    v: 1,
    id,
    rev: same ? same.rev + 1 : 0,
    state: 'open',
    incident,
    from,
    to,
    at: now,
    until: now + confirm_within_s * 1000,
    then,
    status: 'Actual',
    evidence,
  }
}

/** The open proposal with what became of it; null: none is open. */
export function settling(
  open: Proposal | null,
  state: Fate,
  evidence: Proposal['evidence'],
  now: number,
): Proposal | null {
  if (open?.state !== 'open' || open.status !== 'Actual') return null
  return { ...open, rev: open.rev + 1, state, at: now, evidence }
}
