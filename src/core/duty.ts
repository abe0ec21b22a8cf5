/** Whether, when and by which relay an alert is pushed. In doubt two push: better twice than never, `Topic` and `tag` collapse the copies. */
import { endOf, phaseOf, startOf, type Alert, type AlertContent } from './alert.ts'
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

/** Until when the push that was due at `due` is worth delivering, ms: an alert that has expired rings nobody. */
export function pushUntil(alert: Alert, due: number): number {
  const { msg_type } = alert.current.content
  // What ends an alert has no end of its own, whatever it has kept of the alert.
  const ends = msg_type === 'Cancel' || msg_type === 'AllClear'
  return Math.min(due + PUSH_TTL, ends ? Infinity : endOf(alert))
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

/** What a relay has seen of the others' lists: when it first and when it last saw a revision in one of them, ms. */
export interface Listing {
  first: number
  last: number
}

/**
 * How long a revision must have stood in the lists of others to count as rung for good, ms. A relay lists what it has
 * taken on, and what it has not yet rung is in its memory only: one that dies before may have rung nobody.
 */
export const RINGING = 60_000

/** Whether the others have rung for good: from then on nothing that happens to them makes this relay ring (PUSH-18). */
export const isRung = ({ first, last }: Listing): boolean => last - first >= RINGING

/** Whether another relay lists the revision now. */
export const isListed = (self: SiteId, peers: Readonly<Record<SiteId, PeerReport | undefined>>): boolean =>
  Object.entries(peers).some(([site, peer]) => site !== self && peer?.sent)

/** For how long a relay has had an alert before it, ms. */
export interface Waited {
  /** Since it first saw the alert. */
  seen: number
  /** Since it last saw another relay list the alert; infinite: it never did. */
  listed: number
}

/**
 * What `self` does about an alert: `send` it, `wait` and look again, or consider it `done`. A relay before it in the
 * order is given `patience` ms to list the alert as sent; whoever lists it has done it, also one behind in the order:
 * else a site that comes back would ring everybody again (PUSH-1). One that listed it and has fallen silent is given as
 * long to be heard again: a lost probe is no death (PUSH-18).
 */
export function duty(
  order: readonly SiteId[],
  self: SiteId,
  peers: Readonly<Record<SiteId, PeerReport | undefined>>,
  waited: Waited,
  patience: number,
): 'send' | 'wait' | 'done' {
  if (isListed(self, peers)) return 'done'
  if (waited.listed < patience) return 'wait'
  // A relay that is not in the order comes last.
  const before = order.includes(self) ? order.slice(0, order.indexOf(self)) : order
  const alive = before.filter((site) => peers[site]?.answers)
  if (alive.length === 0) return 'send'
  return waited.seen >= patience ? 'send' : 'wait'
}
