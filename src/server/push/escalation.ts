/**
 * Tells the webhook who has not answered when ringing has come to its end. Rule PUSH-23. Relays list it once the gateway
 * has taken it, so one that dies or cannot reach it keeps no other from doing it; twice has the same id.
 */
import { alertMessage, type Alert } from '../../core/alert.ts'
import { personOf } from '../../core/deployment.ts'
import type { PersonId } from '../../core/ids.ts'
import { handOverAt, handOverKey, unanswered } from '../../core/repeating.ts'
import { reasonOf } from '../log.ts'
import { uuidOf } from '../sha256.ts'
import { waitFor } from './outcome.ts'
import { createTurns, type RingingPorts } from './turns.ts'
import type { Webhook } from './webhook.ts'

export interface Escalation {
  /** Looks at all alerts: call it when alerts or the other relays' reports have changed. */
  consider(): void
  stop(): Promise<void>
}

interface Ports extends RingingPorts {
  call: Webhook
  random: () => number
}

/** When there was nobody to tell of, or nobody could be told of, ms. */
const LOOK_AGAIN = 60_000

export function createEscalation(ports: Ports): Escalation {
  const { self, deployment, knowledge, schedules, sent, devices, call, clock, random, log } = ports
  const turns = createTurns(ports)
  /** By key, of what the gateway has not taken: how often it was tried, and when it may be again, ms. */
  const tried = new Map<string, { tries: number; at: number }>()
  const out = new Map<string, Promise<void>>()
  let cancel = () => {}
  let stopped = false

  async function bodyOf({ current }: Alert, people: ReadonlySet<PersonId>): Promise<string> {
    const counts = Map.groupBy(await devices.ofPeople(people), (device) => device.person)
    const { content } = current
    return JSON.stringify({
      v: 1,
      relay: self,
      at: clock.now(),
      alert: content,
      text: alertMessage(content, content.id)['body'],
      link: `${deployment().app}/alert/${content.id}`,
      unanswered: [...people].map((person) => ({ person, devices: counts.get(person)?.length ?? 0 })),
    })
  }

  async function handOver(alert: Alert, key: string): Promise<void> {
    const tries = (tried.get(key)?.tries ?? 0) + 1
    tried.set(key, { tries, at: clock.now() + LOOK_AGAIN })
    const sender = personOf(deployment(), alert.current.sender)
    const people = unanswered(knowledge.audience(alert), knowledge.answered(alert.id), sender)
    if (people.size === 0) return
    const outcome = await call(await uuidOf(key), await bodyOf(alert, people))
    const line = { alert: key, people: people.size }
    switch (outcome.kind) {
      case 'taken':
        sent.add(key, clock.now())
        tried.delete(key)
        return log.info(line, 'webhook was told')
      case 'later':
        tried.set(key, { tries, at: clock.now() + waitFor(tries, outcome.retry_after_ms, random()) })
        return log.warn({ ...line, why: outcome.why }, 'webhook is not to be had')
      case 'gone':
      case 'refused':
        // Nothing heals it but a person, and perhaps another relay is set up better.
        tried.set(key, { tries, at: Number.POSITIVE_INFINITY })
        return log.error({ ...line, why: outcome.kind === 'gone' ? '404 or 410' : outcome.why }, 'webhook refused')
      default:
        return outcome satisfies never
    }
  }

  /** When this relay calls the webhook if nothing changes, ms; infinite: not, as far as is known now. */
  function dueAt(alert: Alert, now: number): number {
    const at = handOverAt(alert, schedules, now)
    const key = handOverKey(alert.current.content)
    if (at === null) {
      turns.forget(alert.id)
      tried.delete(key)
      return Number.POSITIVE_INFINITY
    }
    if (at > now) return at
    if (sent.has(key) || out.has(key)) return Number.POSITIVE_INFINITY
    return Math.max(turns.of(alert, key, now), tried.get(key)?.at ?? 0)
  }

  function start(alert: Alert): void {
    const key = handOverKey(alert.current.content)
    const work = handOver(alert, key)
      .catch((error: unknown) => log.error({ alert: key, reason: reasonOf(error) }, 'webhook could not be told'))
      .finally(() => {
        out.delete(key)
        if (!stopped) consider()
      })
    out.set(key, work)
  }

  function consider(): void {
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const alert of knowledge.alerts()) {
      const at = dueAt(alert, now)
      if (at <= now) start(alert)
      else next = Math.min(next, at)
    }
    cancel()
    cancel = Number.isFinite(next) ? clock.after(next - now, consider) : () => {}
  }

  return {
    consider,
    async stop() {
      stopped = true
      cancel()
      await Promise.all(out.values())
    },
  }
}
