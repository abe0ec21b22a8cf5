/**
 * Everything that is looked at besides the homeservers: it is shown and switches nobody, but for the round trip
 * (SWITCH-1, SWITCH-2). Each check has its own interval, time and thresholds; one that hangs holds up no other.
 */
import type { Deployment } from '../../core/deployment.ts'
import type { SiteId } from '../../core/ids.ts'
import type { CheckKind, Observation } from '../../core/relay.ts'
import { observe, unseen, type SiteView, type Thresholds } from '../../core/verdict.ts'
import { certificate, federation, tcp, web, webHost, type Finding } from './probe.ts'

/** How often a thing is looked at, ms, how long one look may take, and what it needs to be called down or up. */
export interface Pace extends Thresholds {
  interval: number
  timeout: number
}

export interface Check {
  id: string
  kind: CheckKind
  site?: SiteId
  name?: { de: string; en: string }
  pace: Pace
  /** Undefined: it could not be looked at, which says nothing. */
  look(timeout: number): Promise<Finding | undefined>
}

/** A workplace service as `relay.yaml` names it. */
export interface ServiceCheck {
  id: string
  site?: SiteId | undefined
  name: { de: string; en: string }
  pace: Pace
  target:
    | { url: string; status?: number | undefined; text?: string | undefined }
    | { tcp: { host: string; port: number } }
    | { tls: { host: string; port: number; days: number } }
}

function serviceCheck({ id, site, name, pace, target }: ServiceCheck, now: () => number): Check {
  const look = (timeout: number) => {
    if ('url' in target) return web(target.url, timeout, target)
    if ('tcp' in target) return tcp(target.tcp.host, target.tcp.port, timeout)
    const { host, port, days } = target.tls
    return certificate(host, port, days, timeout, now())
  }
  return { id: `service/${id}`, kind: 'service', ...(site ? { site } : {}), name, pace, look }
}

/** What the deployment file makes every monitor look at, and the services of this one. */
export function checksOf(
  { app, sites }: Deployment,
  services: readonly ServiceCheck[],
  pace: Pace,
  now: () => number,
): Check[] {
  const optional = (
    site: SiteId,
    kind: CheckKind,
    url: string | undefined,
    look: (url: string, timeout: number) => Promise<Finding>,
  ) => (url ? [{ id: `${site}/${kind}`, kind, site, pace, look: (timeout: number) => look(url, timeout) }] : [])
  return [
    ...sites.flatMap((site) => [
      ...optional(site.id, 'federation', site.federation, federation),
      ...optional(site.id, 'sign_in', site.sign_in, web),
    ]),
    { id: 'web_host', kind: 'web_host', pace, look: (timeout: number) => webHost(app, timeout) },
    ...services.map((service) => serviceCheck(service, now)),
  ]
}

export interface Checks {
  /** Looks at what is due. Does not wait for what is still being looked at. */
  round(): void
  observed(): Observation[]
  /** Resolves when no look is out any more. */
  settle(): Promise<void>
}

interface State {
  view: SiteView
  next: number
  reason: Finding
  out: Promise<void> | null
}

/** What a check has to say, as `/v1/status` does. A reason goes with what is not well only. */
export function observationOf(
  { id, kind, site, name }: Pick<Check, 'id' | 'kind' | 'site' | 'name'>,
  { up, since }: Pick<SiteView, 'up' | 'since'>,
  reason: Finding,
): Observation {
  const said = up === false && reason ? { reason } : {}
  return { id, kind, ...(site ? { site } : {}), ...(name ? { name } : {}), ok: up, since, ...said }
}

export function createChecks(checks: () => readonly Check[], now: () => number): Checks {
  const states = new Map<string, State>()
  const stateOf = (id: string): State => {
    const state = states.get(id) ?? { view: unseen(now()), next: 0, reason: null, out: null }
    states.set(id, state)
    return state
  }

  async function look(check: Check, state: State): Promise<void> {
    const finding = await check.look(check.pace.timeout)
    if (finding === undefined) return
    state.view = observe(state.view, finding === null, now(), check.pace)
    if (finding !== null) state.reason = finding
  }

  return {
    round() {
      for (const check of checks()) {
        const state = stateOf(check.id)
        if (state.out || now() < state.next) continue
        state.next = now() + check.pace.interval
        state.out = look(check, state).finally(() => (state.out = null))
      }
    },
    observed: () =>
      checks().map((check) => {
        const { view, reason } = stateOf(check.id)
        return observationOf(check, view, reason)
      }),
    async settle() {
      await Promise.all([...states.values()].map((s) => s.out))
    },
  }
}
