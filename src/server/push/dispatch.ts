/** From alert to pushes: decides by core's duty whether this relay rings, and whom. Rules PUSH-1 to PUSH-4, PUSH-18, PUSH-19. */
import { createHash } from 'node:crypto'
import type { Alert, AlertContent, Language } from '../../core/alert.ts'
import { siteOfUser, type Deployment } from '../../core/deployment.ts'
import {
  duty,
  dutyOrder,
  isListed,
  isRung,
  pushAt,
  PUSH_TTL,
  sentKey,
  type Listing,
  type PeerReport,
} from '../../core/duty.ts'
import type { SiteId } from '../../core/ids.ts'
import { pushOfAlert } from '../../core/push.ts'
import type { RelayStatus } from '../../core/relay.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Clock } from '../clock.ts'
import type { DeviceRegister } from '../devices/register.ts'
import { reasonOf, type Log } from '../log.ts'
import type { Message } from './post.ts'
import type { Sender } from './sender.ts'
import type { SentLog } from './sent-log.ts'

export interface Dispatch {
  /** Looks at all alerts: call it when alerts or the other relays' reports have changed. */
  consider(): void
  stop(): Promise<void>
}

interface Ports {
  self: SiteId
  patience: number
  deployment: () => Deployment
  knowledge: Pick<Knowledge, 'alerts' | 'audience'>
  peer: (site: SiteId) => RelayStatus | null
  sent: SentLog
  devices: Pick<DeviceRegister, 'ofPeople'>
  sender: Pick<Sender, 'enqueue'>
  clock: Clock
  log: Log
}

/** Short enough for a topic: RFC 8030, section 5.4, allows 32 characters. */
const digest = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 32)
/**
 * What a revision says, where two managers may have written one of the same number: whoever has rung the one rings the
 * other, too (PUSH-19). Its copies in several rooms say the same; a first one that two relays declare is one (SITE-6).
 */
const wordingOf = (content: AlertContent) =>
  content.rev === 0 ? '' : digest(JSON.stringify({ ...content, effective: 0 }))

export function createDispatch(ports: Ports): Dispatch {
  const { self, patience, deployment, knowledge, peer, sent, devices, sender, clock, log } = ports
  const firstSeen = new Map<string, number>()
  const listings = new Map<string, Listing>()
  /** Of each revision, the rooms and devices that were already rung by this process. */
  const rung = new Map<string, { rooms: string; wording: string; devices: Set<string> }>()
  const filling = new Set<Promise<void>>()
  let cancel = () => {}

  /** When this relay rings if nobody else does until then, ms: now, later, or never, since another one has. */
  function turnOf(alert: Alert, key: string, now: number): number {
    if (sent.isRungByOthers(key)) return Number.POSITIVE_INFINITY
    const sites = deployment().sites.map((s) => s.id)
    const sender = siteOfUser(deployment(), alert.current.sender)?.id ?? null
    const reports = sites.map((site): [SiteId, PeerReport] => {
      const status = site === self ? null : peer(site)
      return [site, { answers: status !== null, sent: status?.sent.includes(key) ?? false }]
    })
    const peers = Object.fromEntries(reports)
    const seen = firstSeen.get(key) ?? now
    firstSeen.set(key, seen)
    if (isListed(self, peers)) noteListed(key, now)
    const last = listings.get(key)?.last ?? Number.NEGATIVE_INFINITY
    const waited = { seen: now - seen, listed: now - last }
    const decision = duty(dutyOrder(sites, sender), self, peers, waited, patience)
    if (decision === 'done') return Number.POSITIVE_INFINITY
    return decision === 'send' ? now : Math.max(seen, last) + patience
  }

  function noteListed(key: string, now: number): void {
    const listing = { first: listings.get(key)?.first ?? now, last: now }
    listings.set(key, listing)
    if (isRung(listing)) sent.addRungByOthers(key, now)
  }

  /** Queues the alert for every device of its rooms' people that is not done with yet. */
  async function ring(alert: Alert, key: string, wording: string, already: Set<string>): Promise<void> {
    const { content } = alert.current
    const messages = new Map<Language, Message>()
    const messageIn = (language: Language): Message => {
      const payload = () => JSON.stringify(pushOfAlert(deployment().app, alert.current, language))
      const urgency = content.severity === 'Minor' ? 'normal' : 'high'
      const message = messages.get(language) ?? { payload: payload(), urgency, topic: digest(content.id) }
      messages.set(language, message)
      return message
    }
    const deadline = (pushAt(alert, clock.now()) ?? clock.now()) + PUSH_TTL
    const done = sent.devices(key, wording)
    const all = await devices.ofPeople(knowledge.audience(alert))
    const open = all.filter((d) => !done.has(d.id) && !already.has(d.id))
    for (const device of open) {
      already.add(device.id)
      sender.enqueue({
        slot: `${content.id} ${device.id}`,
        device,
        message: messageIn(device.device.lang),
        deadline,
        done: () => sent.markDone(key, wording, device.id),
      })
    }
    log.info({ alert: key, rooms: alert.rooms.length, devices: open.length }, 'alert is pushed')
  }

  function fill(alert: Alert, key: string): void {
    const rooms = alert.rooms.toSorted().join(' ')
    const wording = wordingOf(alert.current.content)
    const last = rung.get(key)
    const before = last?.wording === wording ? last : null
    if (before?.rooms === rooms) return
    const devices = before?.devices ?? new Set()
    rung.set(key, { rooms, wording, devices })
    const work = ring(alert, key, wording, devices)
      .catch((error: unknown) => {
        rung.set(key, { rooms: '', wording, devices })
        log.error({ alert: key, reason: reasonOf(error) }, 'alert could not be pushed')
      })
      .finally(() => filling.delete(work))
    filling.add(work)
  }

  function consider(): void {
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const alert of knowledge.alerts()) {
      const at = pushAt(alert, now)
      const key = sentKey(alert.current.content)
      if (at === null) {
        firstSeen.delete(key)
        listings.delete(key)
        rung.delete(key)
        continue
      }
      if (at > now) {
        next = Math.min(next, at)
        continue
      }
      if (!sent.has(key)) {
        const turn = turnOf(alert, key, now)
        if (turn > now) {
          next = Math.min(next, turn)
          continue
        }
        sent.add(key, now)
      }
      fill(alert, key)
    }
    cancel()
    cancel = Number.isFinite(next) ? clock.after(next - now, consider) : () => {}
  }

  return {
    consider,
    async stop() {
      cancel()
      await Promise.all(filling)
    },
  }
}
