/** Whether a deployment file may take the place of another one. Rules SWITCH-4, SWITCH-15 and SWITCH-16; pure, so that relay and phone agree. */
import type { Deployment } from './deployment.ts'
import type { Answers } from './site-choice.ts'

/** Fewer monitors could not tell a dead site from a cut line (SITE-7). */
const ENOUGH_MONITORS = 3

/** Why relays must not follow this file, whatever came before it; null: they may. */
export function unsound({ failover: { mode, then }, monitors }: Deployment): string | null {
  const alone = mode === 'automatic' ? 'mode: automatic' : then === 'automatic' ? 'then: automatic' : null
  if (!alone || monitors.length >= ENOUGH_MONITORS) return null
  const are = monitors.length === 1 ? 'is one' : `are ${monitors.length || 'none'}`
  return `failover.${alone} needs three monitors or more, and there ${are}: two cannot tell a dead site from a cut line`
}

/**
 * Why `next` must not take the place of `current`; null: it may. Sessions belong to a site's homeserver, so a phone can
 * go on only where a site has stayed what it was; `answers` says which of them answer as far as that is known.
 */
export function unfollowable(current: Deployment, next: Deployment, answers: Answers = {}): string | null {
  const before = new Map(current.sites.map((s) => [s.id, s.server_name]))
  const other = next.sites.find((s) => before.has(s.id) && before.get(s.id) !== s.server_name)
  if (other) return `sites: "${other.id}" has become another server: give a new site an id of its own`
  const kept = next.sites.filter((s) => before.has(s.id))
  if (!kept.length) return 'sites: none of the present ones is left: phones would have no session anywhere'
  const answering = current.sites.some((s) => answers[s.id] === true)
  if (answering && kept.every((s) => answers[s.id] === false))
    return 'sites: those that are left do not answer, and those that go do: phones would reach nothing'
  return null
}
