/**
 * From alert to pushes: decides by core's duty whether this relay rings, whom, and when again. Rules PUSH-1 to PUSH-4,
 * PUSH-18, PUSH-19, PUSH-21, PUSH-22.
 */
import type { Alert, AlertContent, Language } from '../../core/alert.ts'
import { personOf } from '../../core/deployment.ts'
import { pushAt, pushUntil } from '../../core/duty.ts'
import type { AlertId } from '../../core/ids.ts'
import { pushOfAlert } from '../../core/push.ts'
import { roundKey, roundOf, unanswered } from '../../core/repeating.ts'
import { reasonOf } from '../log.ts'
import type { Message } from './post.ts'
import type { Sender } from './sender.ts'
import { topicOf } from './topic.ts'
import { createTurns, type RingingPorts } from './turns.ts'

export interface Dispatch {
  /** Looks at all alerts: call it when alerts, answers or the other relays' reports have changed. */
  consider(): void
  stop(): Promise<void>
}

interface Ports extends RingingPorts {
  sender: Pick<Sender, 'enqueue'>
}

/**
 * What a revision says, where two managers may have written one of the same number: whoever has rung the one rings the
 * other, too (PUSH-19). Its copies in several rooms say the same; a first one that two relays declare is one (SITE-6).
 */
const wordingOf = (content: AlertContent) =>
  content.rev === 0 ? '' : topicOf(JSON.stringify({ ...content, effective: 0 }))

/** What this process has rung of an alert. */
interface Rung {
  key: string
  wording: string
  rooms: string
  devices: Set<string>
}

export function createDispatch(ports: Ports): Dispatch {
  const { deployment, knowledge, schedules, sent, devices, sender, clock, log } = ports
  const turns = createTurns(ports)
  const rung = new Map<AlertId, Rung>()
  const filling = new Set<Promise<void>>()
  let cancel = () => {}

  /** Everybody of its rooms in the first round, who has not answered in all others. */
  function whom(alert: Alert, round: number) {
    const audience = knowledge.audience(alert)
    if (round === 0) return audience
    return unanswered(audience, knowledge.answered(alert.id), personOf(deployment(), alert.current.sender))
  }

  /** Queues the alert for every device that is not done with yet in this round. */
  async function ring(alert: Alert, round: number, { key, wording, devices: already }: Rung): Promise<void> {
    const { content } = alert.current
    const messages = new Map<Language, Message>()
    const messageIn = (language: Language): Message => {
      const payload = () => JSON.stringify(pushOfAlert(deployment().app, alert.current, language))
      const urgency = content.severity === 'Minor' ? 'normal' : 'high'
      const message = messages.get(language) ?? { payload: payload(), urgency, topic: topicOf(content.id) }
      messages.set(language, message)
      return message
    }
    const deadline = pushUntil(alert, pushAt(alert, clock.now()) ?? clock.now())
    const done = sent.devices(key, wording)
    const all = await devices.ofPeople(whom(alert, round))
    const open = all.filter((d) => !done.has(d.id) && !already.has(d.id))
    const before = new Set(knowledge.answered(content.id))
    for (const device of open) {
      already.add(device.id)
      sender.enqueue({
        slot: `${content.id} ${device.id}`,
        device,
        message: messageIn(device.device.lang),
        deadline,
        // Who answers on another device meanwhile is rung for nothing.
        wanted: () => before.has(device.person) || !knowledge.answered(content.id).has(device.person),
        done: () => sent.markDone(key, wording, device.id),
      })
    }
    log.info({ alert: key, rooms: alert.rooms.length, devices: open.length }, 'alert is pushed')
  }

  function fill(alert: Alert, key: string, round: number): void {
    const rooms = alert.rooms.toSorted().join(' ')
    const wording = wordingOf(alert.current.content)
    const last = rung.get(alert.id)
    const before = last?.key === key && last.wording === wording ? last : null
    if (before?.rooms === rooms) return
    const now: Rung = { key, wording, rooms, devices: before?.devices ?? new Set() }
    rung.set(alert.id, now)
    const work = ring(alert, round, now)
      .catch((error: unknown) => {
        now.rooms = ''
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
    async stop() {
      cancel()
      await Promise.all(filling)
    },
  }
}
