/** Whether, when and by which relay an alert is pushed. In doubt two push: better twice than never, `Topic` and `tag` collapse the copies. */
import { phaseOf, startOf, type Alert, type AlertContent } from './alert.ts'
import type { SiteId } from './ids.ts'

/** How long a push is worth delivering, ms: TTL at the push service, and the age up to which an alert is pushed at all. */
export const PUSH_TTL = 4 * 3600_000

/** The name under which a relay lists a pushed revision: the alert's id, from revision 1 on `<id>.<rev>`. */
export const sentKey = ({ id, rev }: AlertContent): string => (rev === 0 ? id : `${id}.${rev}`)

/**
 * When the newest revision of an alert is to be pushed, ms (not after `now`: at once); null: not, or not any more.
 * Tests, expired alerts and what is older than four hours are not pushed (PUSH-2).
 */
export function pushAt(alert: Alert, now: number): number | null {
  const phase = phaseOf(alert, now)
  if (alert.current.content.status === 'Test' || phase === 'expired') return null
  const start = startOf(alert.current)
  if (phase === 'announced') return start
  // Another server's clock may be ahead of ours; a withdrawal does not wait for what it withdraws.
  return now - start > PUSH_TTL ? null : Math.min(start, now)
}

/** What a relay knows of another one: whether its status could be read, and whether it lists the alert as sent. */
export interface PeerReport {
  answers: boolean
  sent: boolean
}

/** The order of duty for an alert: the site of its sender, then the deployment file's order. */
export function dutyOrder(sites: readonly SiteId[], senderSite: SiteId | null): SiteId[] {
  if (senderSite === null || !sites.includes(senderSite)) return [...sites]
  return [senderSite, ...sites.filter((s) => s !== senderSite)]
}

/**
 * What `self` does about an alert, `elapsed` ms after it saw it: `send` it, `wait` and look again, or consider it
 * `done`. A relay before it in the order is given `patience` ms to list the alert as sent; whoever lists it has done it,
 * also one behind in the order: else a site that comes back would ring everybody again (PUSH-1).
 */
export function duty(
  order: readonly SiteId[],
  self: SiteId,
  peers: Readonly<Record<SiteId, PeerReport | undefined>>,
  elapsed: number,
  patience: number,
): 'send' | 'wait' | 'done' {
  if (order.some((site) => site !== self && peers[site]?.sent)) return 'done'
  // A relay that is not in the order comes last.
  const before = order.includes(self) ? order.slice(0, order.indexOf(self)) : order
  const alive = before.filter((site) => peers[site]?.answers)
  if (alive.length === 0) return 'send'
  return elapsed >= patience ? 'send' : 'wait'
}
