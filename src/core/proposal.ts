/**
 * The proposal of a failover: what the monitors have seen, for a manager to decide (docs/protocol.md, Proposal). It is
 * told to the members of the Lage room like an alert, with a revision for each time it is made or withdrawn. SWITCH-5.
 */
import * as v from 'valibot'
import type { Alert, AlertContent } from './alert.ts'
import { siteById, type Deployment } from './deployment.ts'
import { TYPE, type RoomEvent } from './event.ts'
import type { ActiveSite } from './failover.ts'
import { timestamp, uuid } from './ids.ts'
import { parseOrNull } from './parse.ts'
import { maySend, stateOf, type AgencyRoom } from './room.ts'

const revision = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const proposalSchema = v.object({
  v: v.literal(1),
  /** UUID of the alert that tells managers. */
  id: uuid,
  rev: revision,
  state: v.picklist(['open', 'withdrawn', 'declared', 'declined']),
  /** What the declaration will have: whoever declares by hand takes it, so that phones show one alert. */
  incident: uuid,
  from: v.string(),
  to: v.string(),
  /** Proposed, ms; from `until` on `then` holds. */
  at: timestamp,
  until: timestamp,
  then: v.picklist(['automatic', 'nothing']),
  status: v.optional(v.picklist(['Actual', 'Exercise']), 'Actual'),
  /** What each configured monitor says of `from`, and since when; null: it is silent. */
  evidence: v.array(v.object({ monitor: v.string(), up: v.nullable(v.boolean()), since: v.nullable(timestamp) })),
})
export type Proposal = v.InferOutput<typeof proposalSchema>

export interface KnownProposal {
  proposal: Proposal
  event: RoomEvent
}

/** The proposal that stands in a Lage room, if its sender may make one there. */
function readProposal({ kind, record }: AgencyRoom): KnownProposal | null {
  const event = kind === 'lage' ? stateOf(record, TYPE.proposal) : undefined
  if (!event || !maySend(record, event.sender, TYPE.proposal, true)) return null
  const proposal = parseOrNull(proposalSchema, event.content)
  return proposal && { proposal, event }
}

/** The proposal that stands in the Lage room, whatever became of it. */
export const proposalIn = (rooms: readonly AgencyRoom[]): KnownProposal | null =>
  rooms.flatMap((room) => readProposal(room) ?? [])[0] ?? null

/** Whether it still waits for a decision: managers need not wait until relays have noticed theirs. */
export const isUndecided = ({ state, from, incident }: Proposal, declared: ActiveSite | null): boolean =>
  state === 'open' && (declared?.site ?? from) === from && declared?.declines !== incident

/** How long a proposal is worth telling when nothing happens by itself, ms. */
const WORTH = 4 * 3600_000

function textsOf(
  { state, then }: Proposal,
  from: string,
  to: string,
): Pick<AlertContent, 'headline' | 'instruction' | 'next_step' | 'info'> {
  if (state === 'withdrawn')
    return {
      headline: `${from} antwortet wieder`,
      instruction: `Der Vorschlag, nach ${to} umzuschalten, ist hinfällig.`,
      next_step: 'Sie müssen nichts entscheiden.',
      info: [
        {
          lang: 'en',
          headline: `${from} is answering again`,
          instruction: `The proposal to move to ${to} no longer holds.`,
          next_step: 'There is nothing to decide.',
        },
      ],
    }
  if (state === 'declined')
    return {
      headline: `Es wird nicht umgeschaltet: ${from} bleibt`,
      instruction: `Der Krisenstab hat entschieden, nicht nach ${to} umzuschalten.`,
      next_step: 'Sie müssen nichts mehr entscheiden.',
      info: [
        {
          lang: 'en',
          headline: `No move: ${from} stays in use`,
          instruction: `The crisis team has decided not to move to ${to}.`,
          next_step: 'There is nothing left to decide.',
        },
      ],
    }
  const alone = then === 'automatic'
  return {
    headline: `Umschalten nach ${to}?`,
    instruction: `Die Mehrheit der Wächter sieht: ${from} antwortet nicht. ${to} ist erreichbar. ${alone ? 'Antwortet niemand rechtzeitig, schalten die Relays selbst um.' : 'Von selbst wird nicht umgeschaltet.'}`,
    next_step: 'Öffnen Sie Notanker und entscheiden Sie.',
    info: [
      {
        lang: 'en',
        headline: `Move to ${to}?`,
        instruction: `The majority of the monitors sees: ${from} is not answering. ${to} can be reached. ${alone ? 'If nobody answers in time, the relays move by themselves.' : 'Nothing moves by itself.'}`,
        next_step: 'Open Notanker and decide.',
      },
    ],
  }
}

/** The proposal as an alert to the members of the Lage room; null: it is settled, and the switch tells of itself. */
export function proposalAlert(deployment: Deployment, { proposal, event }: KnownProposal): Alert | null {
  const { id, rev, state, from, to, at, until, then, status } = proposal
  if (state === 'declared') return null
  const name = (site: string) => siteById(deployment, site)?.name ?? site
  const content: AlertContent = {
    v: 1,
    id,
    rev,
    msg_type: state !== 'open' ? 'Cancel' : rev === 0 ? 'Alert' : 'Update',
    status,
    severity: 'Severe',
    kind: 'instruction',
    ...textsOf(proposal, name(from), name(to)),
    responses: [],
    effective: at,
    expires: then === 'automatic' ? until : at + WORTH,
    audience: { label: 'Krisenstab', rooms: [event.room_id] },
  }
  const { event_id, room_id, sender, origin_server_ts } = event
  const current = { content, event_id, room_id, sender, at: origin_server_ts }
  return { id, current, history: [current], rooms: [room_id] }
}
