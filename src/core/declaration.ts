/** What a manager may declare by hand, and the declaration that says it. Rules LEAD-12, SWITCH-9, SWITCH-10, SWITCH-13, SWITCH-17. */
import type { Deployment } from './deployment.ts'
import { activeSiteSchema, momentAfter, type ActiveSite } from './failover.ts'
import type { SiteId } from './ids.ts'
import type { OutboxItem } from './outbox.ts'
import { parseOrNull } from './parse.ts'
import type { Proposal } from './proposal.ts'

export type Intent =
  | { kind: 'move'; to: SiteId }
  /** Nobody goes to `site` any more, also while it answers; people go on at `to`. */
  | { kind: 'close'; site: SiteId; to: SiteId }
  | { kind: 'reopen'; site: SiteId }
  /** The last switch was a mistake. */
  | { kind: 'correct'; to: SiteId; incident: string }
  /** The proposal is turned down. */
  | { kind: 'decline'; incident: string }

/** The same for the same intent, and another for any other: it stands in an address. */
export const intentKey = (intent: Intent): string => Object.values(intent).join('-')

/** What intents start from. */
export interface Standing {
  /** The site in use. */
  site: SiteId
  closed: readonly SiteId[]
  /** The declaration that says so; null: there is none yet. */
  last: ActiveSite | null
  /** The proposal that waits for a decision. */
  proposal: Proposal | null
}

export const standingOf = ({ sites }: Deployment, last: ActiveSite | null, proposal: Proposal | null): Standing => ({
  site: last?.site ?? sites[0]!.id,
  closed: last?.closed ?? [],
  last,
  proposal,
})

/** The drill that runs: people practise that another site than the one in use is in use. A later declaration in earnest ends it. */
export function runningDrill(deployment: Deployment, declared: ActiveSite | null, drill: ActiveSite | null) {
  const { site } = standingOf(deployment, declared, null)
  return drill && drill.site !== site && drill.since > (declared?.since ?? 0) ? drill : null
}

/** All that may be declared now, what is proposed first. */
export function intentsOf({ sites }: Deployment, { site, closed, last, proposal }: Standing): Intent[] {
  const others = sites.map(({ id }) => id).filter((id) => id !== site)
  const open = others.filter((id) => !closed.includes(id))
  const byProposal = (to: SiteId) => Number(to === proposal?.to)
  const wrong = last?.from !== undefined && last.from !== site && last.corrects === undefined && last.incident
  return [
    ...others.toSorted((a, b) => byProposal(b) - byProposal(a)).map((to): Intent => ({ kind: 'move', to })),
    ...(proposal ? [{ kind: 'decline', incident: proposal.incident } as const] : []),
    ...(wrong ? [{ kind: 'correct', to: last.from!, incident: wrong } as const] : []),
    ...open.map((to): Intent => ({ kind: 'close', site, to })),
    ...open.map((id): Intent => ({ kind: 'close', site: id, to: site })),
    ...closed.filter((id) => others.includes(id)).map((id): Intent => ({ kind: 'reopen', site: id })),
  ]
}

/** Whether it moves people, so that everybody is told. */
export const moves = (intent: Intent, { site }: Standing): boolean => 'to' in intent && intent.to !== site

type Said = ActiveSite & { incident: string }

/** The declaration of an intent. `incident` is a fresh id, `now` in ms. */
export function declarationFor(
  intent: Intent,
  { site, closed, last, proposal }: Standing,
  { now, incident, drill }: { now: number; incident: string; drill: boolean },
): Said {
  const common: Said = {
    v: 1,
    from: site,
    site,
    closed: [...closed],
    since: momentAfter(last, now),
    incident,
    by: 'manager',
    status: drill ? 'Exercise' : 'Actual',
  }
  // What moves nobody leaves the last decision as it is (SWITCH-17), unless there is a new one to be made.
  const declines = last?.declines !== undefined && !proposal ? { declines: last.declines } : {}
  const without = (id: SiteId) => closed.filter((other) => other !== id)
  switch (intent.kind) {
    case 'move': {
      const proposed = !drill && proposal?.from === site && proposal.to === intent.to
      const moved = { ...common, site: intent.to, closed: without(intent.to) }
      return proposed ? { ...moved, incident: proposal.incident } : moved
    }
    case 'close': {
      const shut = { ...common, site: intent.to, closed: [...closed, intent.site] }
      return intent.to === site ? { ...shut, ...declines } : shut
    }
    case 'reopen':
      return { ...common, ...declines, closed: without(intent.site) }
    case 'correct':
      return { ...common, site: intent.to, closed: without(intent.to), corrects: intent.incident }
    case 'decline':
      return { ...common, declines: intent.incident }
    default:
      return intent satisfies never
  }
}

/** What became of the last declaration that this device has made, in earnest or as a drill. */
export interface Declared {
  content: ActiveSite
  /** One a room. */
  items: OutboxItem[]
}

/** The newest in the outbox; null: there is none. */
export function lastDeclared(outbox: readonly OutboxItem[]): Declared | null {
  let newest: Declared | null = null
  for (const item of outbox) {
    const { payload } = item
    const content =
      payload.kind === 'event' && payload.state_key !== undefined
        ? parseOrNull(activeSiteSchema, payload.content)
        : null
    if (!content || (newest && newest.content.since > content.since)) continue
    if (newest?.content.since === content.since) newest.items.push(item)
    else newest = { content, items: [item] }
  }
  return newest
}
