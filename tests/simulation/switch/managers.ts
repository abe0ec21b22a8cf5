/** What managers declare by hand, as their app shows it to them at one site. */
import type { ActiveSite } from '../../../src/core/failover.ts'
import type { Proposal } from '../../../src/core/proposal.ts'
import { LAGE, type Homeserver } from './homeserver.ts'
import { declaredAt } from './oracles.ts'
import type { Act } from './schedule.ts'
import type { World } from './world.ts'

/** Null: there is nothing of the kind to declare. */
export function declarationByHand(world: World, homeserver: Homeserver, act: Act): ActiveSite | null {
  const now = world.now + world.schedule.skew['managers']!
  const latest = declaredAt(world, homeserver)!
  const proposal = homeserver.state(LAGE)?.content as Proposal | undefined
  const open = proposal?.state === 'open' && proposal.from === latest.site ? proposal : null
  const base = {
    v: 1 as const,
    since: Math.max(now, latest.since + 1),
    by: 'manager' as const,
    status: 'Actual' as const,
  }
  const to = (site: string, more: Partial<ActiveSite> = {}): ActiveSite => ({
    ...base,
    site,
    from: latest.site,
    closed: latest.closed.filter((s) => s !== site),
    incident: open?.to === site ? open.incident : world.newId(),
    ...more,
  })
  const others = world.schedule.sites.filter((s) => s !== latest.site)
  switch (act) {
    case 'follow':
      return open && to(open.to)
    case 'decline':
      return open && { ...to(latest.site), closed: latest.closed, declines: open.incident }
    case 'declare':
      return to(world.random.pick(others))
    case 'close': {
      const site = world.random.pick(others)
      return to(site, { closed: [...latest.closed.filter((s) => s !== site), latest.site], incident: world.newId() })
    }
    case 'back':
      return latest.site === world.schedule.sites[0] ? null : to(world.schedule.sites[0]!)
    case 'correct':
      return latest.from && latest.incident && latest.from !== latest.site && !latest.corrects
        ? to(latest.from, { corrects: latest.incident, incident: world.newId() })
        : null
    case 'open':
      return latest.closed.length ? { ...to(latest.site), closed: [] } : null
    default:
      return act satisfies never
  }
}
