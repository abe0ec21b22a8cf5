/** Whose turn it is to do something about an alert: core's duty, by what the other relays list. Rules PUSH-1, PUSH-18. */
import type { Alert } from '../../core/alert.ts'
import { siteOfUser, type Deployment } from '../../core/deployment.ts'
import { duty, dutyOrder, isListed, isRung, type Listing, type PeerReport } from '../../core/duty.ts'
import type { AlertId, SiteId } from '../../core/ids.ts'
import type { RelayStatus } from '../../core/relay.ts'
import type { Schedules } from '../../core/repeating.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Clock } from '../clock.ts'
import type { DeviceRegister } from '../devices/register.ts'
import type { Log } from '../log.ts'
import type { SentLog } from './sent-log.ts'

export interface Turns {
  /** When this relay does what `key` names if nobody else does until then, ms: now, later, or never. */
  of(alert: Alert, key: string, now: number): number
  forget(alert: AlertId): void
}

interface TurnPorts {
  self: SiteId
  /** How long a relay before this one may take, ms. */
  patience: number
  deployment: () => Deployment
  peer: (site: SiteId) => RelayStatus | null
  sent: Pick<SentLog, 'isRungByOthers' | 'addRungByOthers'>
}

/** What ringing and telling the webhook both go by. */
export interface RingingPorts extends TurnPorts {
  knowledge: Pick<Knowledge, 'alerts' | 'audience' | 'answered'>
  schedules: Schedules
  sent: SentLog
  devices: Pick<DeviceRegister, 'ofPeople' | 'get'>
  clock: Clock
  log: Log
}

/** What is known of the newest key of an alert. */
interface Watch {
  key: string
  seen: number
  listing: Listing | null
}

export function createTurns({ self, patience, deployment, peer, sent }: TurnPorts): Turns {
  const watches = new Map<AlertId, Watch>()

  function watchOf({ id }: Alert, key: string, now: number): Watch {
    const known = watches.get(id)
    if (known?.key === key) return known
    const watch = { key, seen: now, listing: null }
    watches.set(id, watch)
    return watch
  }

  return {
    of(alert, key, now) {
      if (sent.isRungByOthers(key)) return Number.POSITIVE_INFINITY
      const sites = deployment().sites.map((s) => s.id)
      const sender = siteOfUser(deployment(), alert.current.sender)?.id ?? null
      const reports = sites.map((site): [SiteId, PeerReport] => {
        const status = site === self ? null : peer(site)
        return [site, { answers: status !== null, sent: status?.sent.includes(key) ?? false }]
      })
      const peers = Object.fromEntries(reports)
      const watch = watchOf(alert, key, now)
      if (isListed(self, peers)) {
        watch.listing = { first: watch.listing?.first ?? now, last: now }
        if (isRung(watch.listing)) sent.addRungByOthers(key, now)
      }
      const { seen, listing } = watch
      const last = listing?.last ?? Number.NEGATIVE_INFINITY
      const waited = { seen: now - seen, listed: now - last }
      const decision = duty(dutyOrder(sites, sender), self, peers, waited, patience)
      if (decision === 'done') return Number.POSITIVE_INFINITY
      return decision === 'send' ? now : Math.max(seen, last) + patience
    },
    forget: (id) => void watches.delete(id),
  }
}
