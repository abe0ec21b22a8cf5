/**
 * The proposer, in mode `confirm`: writes into the Lage room what the monitors have seen, for a manager to decide, and
 * takes it back when it no longer holds. The dispatch rings the room's members (`proposalAlert`). Rule SWITCH-5.
 */
import type { Deployment } from '../../core/deployment.ts'
import { TYPE } from '../../core/event.ts'
import type { SiteId } from '../../core/ids.ts'
import type { Proposal } from '../../core/proposal.ts'
import type { RelayStatus } from '../../core/relay.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Homeserver } from '../homeserver.ts'
import type { Log } from '../log.ts'
import { uuidOf } from '../sha256.ts'

export interface Proposer {
  /** Makes the proposal, or leaves it as it stands. True: its time is over and relays shall declare by themselves. */
  propose(move: { from: SiteId; to: SiteId; incident: string }): Promise<boolean>
  /** Takes back whatever is open; `declared`: because it was decided. */
  settle(declared: boolean): Promise<void>
}

interface Ports {
  self: string
  deployment: () => Deployment
  knowledge: Pick<Knowledge, 'rooms' | 'proposal'>
  homeserver: Pick<Homeserver, 'setState'>
  /** This monitor's own findings, and those of the others that answer. */
  sites: () => RelayStatus['sites']
  peer: (monitor: string) => RelayStatus | null
  now: () => number
  log: Log
}

/** How long managers are waited for unless the deployment file says otherwise, s. */
const PATIENCE_S = 300

export function createProposer({ self, deployment, knowledge, homeserver, sites, peer, now, log }: Ports): Proposer {
  /** The last one that this process wrote: the bot may not have seen it come back yet. */
  let written: Proposal | null = null

  /** What stands in the room, or what was just written there. */
  function standing(): Proposal | null {
    const inRoom = knowledge.proposal()?.proposal ?? null
    return written &&
      (!inRoom || written.at >= inRoom.at) &&
      written.rev >= (inRoom?.id === written.id ? inRoom.rev : 0)
      ? written
      : inRoom
  }

  async function write(proposal: Proposal): Promise<void> {
    const lage = knowledge.rooms().find((room) => room.kind === 'lage')
    if (!lage) return
    await homeserver.setState(lage.id, TYPE.proposal, '', proposal)
    written = proposal
    const { incident, state, from, to } = proposal
    log.info({ incident, state, from, to }, 'proposal of a failover')
  }

  function evidence(site: SiteId): Proposal['evidence'] {
    return deployment().monitors.map(({ id }) => {
      const seen = (id === self ? sites() : peer(id)?.sites)?.[site]
      return { monitor: id, up: seen?.up ?? null, since: seen?.since ?? null }
    })
  }

  return {
    async propose({ from, to, incident }) {
      const { confirm_within_s = PATIENCE_S, then = 'nothing' } = deployment().failover
      const before = standing()
      const same = before?.incident === incident && before.status === 'Actual' ? before : null
      if (same?.state === 'open') return same.then === 'automatic' && now() >= same.until
      await write({
        v: 1,
        id: await uuidOf(`${incident} proposal`),
        rev: same ? same.rev + 1 : 0,
        state: 'open',
        incident,
        from,
        to,
        at: now(),
        until: now() + confirm_within_s * 1000,
        then,
        status: 'Actual',
        evidence: evidence(from),
      })
      return false
    },
    async settle(declared) {
      const open = standing()
      if (open?.state !== 'open' || open.status !== 'Actual') return
      const state = declared ? 'declared' : 'withdrawn'
      await write({ ...open, rev: open.rev + 1, state, at: now(), evidence: evidence(open.from) })
    },
  }
}
