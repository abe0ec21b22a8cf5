/**
 * From alert to pushes: decides by core's duty whether this relay rings, whom, and when again. Rules PUSH-1 to PUSH-4,
 * PUSH-18, PUSH-19, PUSH-21, PUSH-22, PUSH-30.
 */
import type { Alert, AlertContent, Language } from '../../core/alert.ts'
import { personOf } from '../../core/deployment.ts'
import { pushAt, pushUntil, sentKey } from '../../core/duty.ts'
import type { AlertId, PersonId } from '../../core/ids.ts'
import { pushOfAlert } from '../../core/push.ts'
import { roundKey, roundOf, unanswered } from '../../core/repeating.ts'
import { reasonOf } from '../log.ts'
import type { RegisteredDevice } from '../devices/register.ts'
import type { Message } from './post.ts'
import type { ReachLog } from './reach-log.ts'
import type { Sender } from './sender.ts'
import { topicOf } from './topic.ts'
import { createTurns, type RingingPorts } from './turns.ts'

export interface Dispatch {
  /** Looks at all alerts: call it when alerts, answers or the other relays' reports have changed. */
  consider(): void
  /** It has just registered: what rings, and has not rung there, rings there too (PUSH-30). */
  registered(device: RegisteredDevice): void
  stop(): Promise<void>
}

interface Ports extends RingingPorts {
  reach: Pick<ReachLog, 'note'>
  sender: Pick<Sender, 'enqueue'>
}

/**
 * What a revision says, where two managers may have written one of the same number: whoever has rung the one rings the
 * other, too (PUSH-19). Its copies in several rooms say the same; a first one that two relays declare is one (SITE-6).
 */
const wordingOf = (content: AlertContent) =>
  content.rev === 0 ? '' : topicOf(JSON.stringify({ ...content, effective: 0 }))

/** What this process rings: a revision, for the round and the rooms that are known of it. */
interface Rung {
  alert: Alert
  round: number
  key: string
  wording: string
  rooms: string
  /** Those that are being rung, or are done with. */
  devices: Set<string>
  /** Who had answered before it began to ring. */
  before: ReadonlySet<PersonId>
  messageIn(language: Language): Message
  /** After this it is worth nothing, ms. */
  deadline: number
}

export function createDispatch(ports: Ports): Dispatch {
  const { deployment, knowledge, schedules, sent, reach, devices, sender, clock, log } = ports
  const turns = createTurns(ports)
  const rung = new Map<AlertId, Rung>()
  /** What is under way. */
  const under = new Set<Promise<void>>()
  let cancel = () => {}

  /** Everybody of its rooms in the first round, who has not answered in all others. */
  function whom(alert: Alert, round: number) {
    const audience = knowledge.audience(alert)
    if (round === 0) return audience
    return unanswered(audience, knowledge.answered(alert.id), personOf(deployment(), alert.current.sender))
  }

  /** Who answers on another device meanwhile is rung for nothing. */
  const waitsFor = ({ alert, before }: Rung, person: PersonId) =>
    before.has(person) || !knowledge.answered(alert.id).has(person)

  function messagesOf({ current }: Alert): Rung['messageIn'] {
    const { content } = current
    const made = new Map<Language, Message>()
    return (language) => {
      const payload = () => JSON.stringify(pushOfAlert(deployment().app, current, language))
      const urgency = content.severity === 'Minor' ? 'normal' : 'high'
      const message = made.get(language) ?? { payload: payload(), urgency, topic: topicOf(content.id) }
      made.set(language, message)
      return message
    }
  }

  function ring(now: Rung, device: RegisteredDevice): void {
    const { alert, key, wording, messageIn, deadline } = now
    now.devices.add(device.id)
    sender.enqueue({
      slot: `${alert.id} ${device.id}`,
      device,
      message: messageIn(device.device.lang),
      deadline,
      wanted: () => waitsFor(now, device.person),
      done(result) {
        const stage = result === 'taken' ? 'accepted' : 'failed'
        if (result !== 'unwanted') reach.note(sentKey(alert.current.content), device, stage, clock.now())
        if (result === 'gone') track(key, ended(now, device))
        else sent.markDone(key, wording, device.id)
      },
    })
  }

  /** Its subscription had ended: it is rung when it registers anew, which it may have done while that was tried. */
  async function ended(now: Rung, { id, person }: RegisteredDevice): Promise<void> {
    now.devices.delete(id)
    const renewed = await devices.get(id, person)
    if (renewed) offer(now, renewed)
  }

  function offer(now: Rung, device: RegisteredDevice): void {
    if (now.devices.has(device.id) || !waitsFor(now, device.person)) return
    if (whom(now.alert, now.round).has(device.person)) ring(now, device)
  }

  /** Queues the alert for every device that is not done with yet in this round. */
  async function ringAll(now: Rung): Promise<void> {
    const { alert, round, key } = now
    const all = await devices.ofPeople(whom(alert, round))
    const open = all.filter(({ id }) => !now.devices.has(id))
    for (const device of open) ring(now, device)
    log.info({ alert: key, rooms: alert.rooms.length, devices: open.length }, 'alert is pushed')
  }

  function track(key: string, work: Promise<void>, failed = () => {}): void {
    const settled = work
      .catch((error: unknown) => {
        failed()
        log.error({ alert: key, reason: reasonOf(error) }, 'alert could not be pushed')
      })
      .finally(() => under.delete(settled))
    under.add(settled)
  }

  function fill(alert: Alert, key: string, round: number): void {
    const rooms = alert.rooms.toSorted().join(' ')
    const wording = wordingOf(alert.current.content)
    const last = rung.get(alert.id)
    const same = last?.key === key && last.wording === wording ? last : null
    if (same?.rooms === rooms) return
    const now: Rung = {
      alert,
      round,
      key,
      wording,
      rooms,
      devices: same?.devices ?? sent.devices(key, wording),
      before: same?.before ?? new Set(knowledge.answered(alert.id)),
      messageIn: messagesOf(alert),
      deadline: pushUntil(alert, pushAt(alert, clock.now()) ?? clock.now()),
    }
    rung.set(alert.id, now)
    track(key, ringAll(now), () => (now.rooms = ''))
  }

  function consider(): void {
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const alert of knowledge.alerts()) {
      const at = pushAt(alert, now)
      if (at === null) {
        turns.forget(alert.id)
        rung.delete(alert.id)
        continue
      }
      if (at > now) {
        next = Math.min(next, at)
        continue
      }
      const round = roundOf(alert, schedules, now)
      next = Math.min(next, round.next ?? next)
      const key = roundKey(alert.current.content, round.number)
      if (!sent.has(key)) {
        const turn = turns.of(alert, key, now)
        if (turn > now) {
          next = Math.min(next, turn)
          continue
        }
        sent.add(key, now)
      }
      fill(alert, key, round.number)
    }
    cancel()
    cancel = Number.isFinite(next) ? clock.after(next - now, consider) : () => {}
  }

  return {
    consider,
    registered(device) {
      for (const now of rung.values()) offer(now, device)
    },
    async stop() {
      cancel()
      await Promise.all(under)
    },
  }
}
