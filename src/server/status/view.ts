/** What the status page says, from what the monitors say: pure, and without a word of any person. Rule SWITCH-14. */
import type { Deployment } from '../../core/deployment.ts'
import type { Observation, RelayStatus } from '../../core/relay.ts'

/** How a thing stands by most of those who look at it. */
export type Condition = 'works' | 'fails' | 'unsure'

export interface Thing {
  kind: 'site' | 'sign_in' | 'federation' | 'web_host' | 'service'
  id: string
  /** The name of a site, also where it is of what belongs to one, or a service's in each language. */
  name: string | { de: string; en: string } | null
  condition: Condition
  /** Since when, ms; null: not known. */
  since: number | null
  reason: string | null
}

export interface StatusView {
  at: number
  /** Null: no monitor that answers knows it. */
  active: { name: string; isFirst: boolean; since: number | null; condition: Condition } | null
  exercise: boolean
  things: Thing[]
}

function most(found: readonly Pick<Observation, 'ok'>[]): Condition {
  const [well, ill] = [true, false].map((ok) => found.filter((o) => o.ok === ok).length) as [number, number]
  return well === ill ? 'unsure' : well > ill ? 'works' : 'fails'
}

/** One thing as all who look at it see it. Since when: as whoever has seen it so for longest. */
function thing(kind: Thing['kind'], id: string, name: Thing['name'], found: readonly Observation[]): Thing {
  const condition = most(found)
  const agreeing = found.filter((o) => o.ok === (condition === 'works') && condition !== 'unsure')
  const since = agreeing.length ? Math.min(...agreeing.map((o) => o.since)) : null
  const reason = condition === 'fails' ? (agreeing.find((o) => o.reason)?.reason ?? null) : null
  return { kind, id, name, condition, since, reason }
}

export function statusView({ sites }: Deployment, own: RelayStatus, peers: readonly RelayStatus[]): StatusView {
  const all = [own, ...peers]
  const observed = all.flatMap((status) => status.observed)
  const of = (id: string) => observed.filter((o) => o.id === id)
  const services = new Map(observed.filter((o) => o.kind === 'service').map((o) => [o.id, o.name ?? o.id]))
  const verdictOn = (site: string): Condition => {
    const verdict = own.verdict[site]
    return verdict === 'up' ? 'works' : verdict === 'down' ? 'fails' : 'unsure'
  }
  // A relay that was away may not have heard yet: the latest declaration counts.
  const heard = all.filter((s) => s.active_site !== null)
  const newest = heard.toSorted((a, b) => (b.active_since ?? 0) - (a.active_since ?? 0))[0]
  const site = sites.find((s) => s.id === newest?.active_site)
  const isFirst = site === sites[0]
  return {
    at: own.at,
    active:
      site && newest ? { name: site.name, isFirst, since: newest.active_since, condition: verdictOn(site.id) } : null,
    exercise: newest?.exercise ?? false,
    things: [
      ...sites.map((s) => {
        const found = thing('site', s.id, s.name, of(`${s.id}/homeserver`))
        const condition = verdictOn(s.id)
        return condition === found.condition ? found : { ...found, condition, since: null, reason: null }
      }),
      ...(['sign_in', 'federation'] as const).flatMap((kind) =>
        sites.flatMap((s) => (s[kind] ? [thing(kind, `${s.id}/${kind}`, s.name, of(`${s.id}/${kind}`))] : [])),
      ),
      thing('web_host', 'web_host', null, of('web_host')),
      ...[...services].map(([id, name]) => thing('service', id, name, of(id))),
    ],
  }
}
