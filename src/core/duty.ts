/** Which relay pushes an alert. In doubt two do: better twice than never, `Topic` and `tag` collapse the copies. PUSH-1. */
import type { SiteId } from './ids.ts'

/** What a relay knows of another one: whether its status could be read, and whether it lists the alert as sent. */
export interface PeerReport {
  answers: boolean
  sent: boolean
}

/** The order of duty for an alert: the site of its sender, then the deployment file's order. */
export function dutyOrder(sites: readonly SiteId[], senderSite: SiteId | null): SiteId[] {
  return senderSite === null ? [...sites] : [senderSite, ...sites.filter((s) => s !== senderSite)]
}

/**
 * What `self` does about an alert, `elapsed` ms after it saw it: `send` it, `wait` and look again, or consider it
 * `done`. A relay before it in the order is given `patience` ms to list the alert as sent.
 */
export function duty(
  order: readonly SiteId[],
  self: SiteId,
  peers: Readonly<Record<SiteId, PeerReport | undefined>>,
  elapsed: number,
  patience: number,
): 'send' | 'wait' | 'done' {
  const before = order.slice(0, Math.max(0, order.indexOf(self)))
  if (before.some((site) => peers[site]?.sent)) return 'done'
  const alive = before.filter((site) => peers[site]?.answers)
  if (alive.length === 0) return 'send'
  return elapsed >= patience ? 'send' : 'wait'
}
