/**
 * The proposer, in mode `confirm`: writes into the Lage room what the monitors have seen, for a manager to decide, and
 * takes it back when it no longer holds. The dispatch rings the room's members (`proposalAlert`). Rule SWITCH-5.
 */
import type { Deployment } from '../../core/deployment.ts'
import { TYPE } from '../../core/event.ts'
import type { SiteId } from '../../core/ids.ts'
import type { Proposal } from '../../core/proposal.ts'
import { proposing, settling, standing, timed, type Written } from '../../core/proposing.ts'
import type { RelayStatus } from '../../core/relay.ts'
import type { Fate, Move } from '../../core/switching.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Homeserver } from '../homeserver.ts'
import type { Log } from '../log.ts'
import { uuidOf } from '../sha256.ts'

export interface Proposer {
  /** Makes the proposal, or leaves it as it stands. True: its time is over and relays shall declare by themselves. */
  propose(move: Move & { incident: string }): Promise<boolean>
  /** Settles whatever is open. */
  settle(fate: Fate): Promise<void>
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

export function createProposer({ self, deployment, knowledge, homeserver, sites, peer, now, log }: Ports): Proposer {
  /** The last one that this process wrote: the bot may not have seen it come back yet. */
  let written: Written | null = null

  function stands(): Proposal | null {
    const inRoom = knowledge.proposal()
    return standing(inRoom && { ...inRoom, proposal: timed(inRoom) }, written)
  }

  async function write(proposal: Proposal): Promise<void> {
    const lage = knowledge.rooms().find((room) => room.kind === 'lage')
    if (!lage) return
    const over = knowledge.proposal()?.event.event_id ?? null
    await homeserver.setState(lage.id, TYPE.proposal, '', proposal)
    written = { proposal, over }
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
    async propose(step) {
      const id = await uuidOf(`${step.incident} proposal`)
      const next = proposing(step, stands(), deployment(), { id, evidence: evidence(step.from), now: now() })
      if (typeof next !== 'string') await write(next)
      return next === 'declare'
    },
    async settle(fate) {
      const open = stands()
      const next = settling(open, fate, open ? evidence(open.from) : [], now())
      if (next) await write(next)
    },
  }
}
