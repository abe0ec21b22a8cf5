/**
 * The queue of pushes, in memory, one place for each alert and device: a newer revision takes the place of an older one.
 * Each push is tried until it is taken, refused, or its time is over (PUSH-6, PUSH-7). Each push service has a lane of its
 * own, so that one that hangs holds up no other (PUSH-20).
 */
import type { Clock } from '../clock.ts'
import type { RegisteredDevice } from '../devices/register.ts'
import { reasonOf, type Log } from '../log.ts'
import { waitFor, type Outcome } from './outcome.ts'
import type { Message, Post } from './post.ts'

export interface Job {
  /** Alert and device; a later job with the same slot replaces this one. */
  slot: string
  device: RegisteredDevice
  message: Message
  /** After this the push is worth nothing, ms. */
  deadline: number
  /** Asked before each try; without it: always. */
  wanted?: () => boolean
  /** Called once, when nothing more will be tried; never for a job whose slot was taken. */
  done: (result: Result) => void
}
type Result = Outcome['kind'] | 'expired' | 'unwanted'

export interface Sender {
  enqueue(job: Job): void
  /** Pushes that wait or are out. */
  queued(): number
  /** Gives up what waits and resolves when nothing is out any more. */
  stop(): Promise<void>
}

interface Ports {
  post: Post
  forget: (device: RegisteredDevice) => Promise<void>
  clock: Clock
  random: () => number
  /** Posts to one push service at the same time. */
  width: number
  log: Log
}

/** What goes to one push service. */
interface Lane {
  /** By slot. What is urgent goes before what is not, however long that waits. */
  ready: Record<Message['urgency'], Map<string, { job: Job; tries: number }>>
  out: number
}

const sizeOf = ({ ready }: Lane): number => ready.high.size + ready.normal.size

const isSame = (a: Job, b: Job): boolean =>
  a.message.payload === b.message.payload &&
  a.device.device.subscription.endpoint === b.device.device.subscription.endpoint

export function createSender({ post, forget, clock, random, width, log }: Ports): Sender {
  /** By host of the push service. */
  const lanes = new Map<string, Lane>()
  /** By slot, what is tried again later. */
  const waiting = new Map<string, { cancel: () => void; tries: number; until: number }>()
  /** Of each slot the job that counts: one whose place was taken while it was out is not tried again. */
  const current = new Map<string, Job>()
  const out = new Set<Promise<void>>()
  const stats = new Map<string, number>()
  let stopped = false
  let cancelReport: (() => void) | null = null

  /** One line of figures for every ten seconds in which something happened. */
  function count(result: string): void {
    stats.set(result, (stats.get(result) ?? 0) + 1)
    cancelReport ??= clock.after(10_000, report)
  }

  function report(): void {
    cancelReport?.()
    cancelReport = null
    if (stats.size) log.info({ ...Object.fromEntries(stats), queued: queued() }, 'pushes')
    stats.clear()
  }

  const queued = () => waiting.size + out.size + lanes.values().reduce((sum, lane) => sum + sizeOf(lane), 0)
  const hostOf = (job: Job) => new URL(job.device.device.subscription.endpoint).host

  function line(job: Job, tries: number): void {
    const host = hostOf(job)
    const lane = lanes.get(host) ?? { ready: { high: new Map(), normal: new Map() }, out: 0 }
    lanes.set(host, lane)
    lane.ready[job.message.urgency].set(job.slot, { job, tries })
    pump(host, lane)
  }

  function later(job: Job, tries: number, { why, retry_after_ms }: Extract<Outcome, { kind: 'later' }>): void {
    count(`later ${why}`)
    if (stopped || current.get(job.slot) !== job) return
    const until = clock.now() + waitFor(tries, retry_after_ms, random())
    if (until >= job.deadline) return finish(job, 'expired')
    hold(job, tries, until)
  }

  function hold(job: Job, tries: number, until: number): void {
    const cancel = clock.after(until - clock.now(), () => {
      waiting.delete(job.slot)
      line(job, tries)
    })
    waiting.set(job.slot, { cancel, tries, until })
  }

  function finish(job: Job, result: Result): void {
    count(result)
    if (current.get(job.slot) === job) current.delete(job.slot)
    job.done(result)
  }

  async function attempt(job: Job, tries: number): Promise<void> {
    const ttl = Math.ceil((job.deadline - clock.now()) / 1000)
    if (ttl <= 0) return finish(job, 'expired')
    if (job.wanted?.() === false) return finish(job, 'unwanted')
    const outcome = await post(job.device.device.subscription, job.message, ttl)
    switch (outcome.kind) {
      case 'later':
        return later(job, tries, outcome)
      case 'gone':
        await forget(job.device)
        return finish(job, 'gone')
      case 'refused':
        log.warn({ why: outcome.why, host: hostOf(job) }, 'push refused')
        return finish(job, 'refused')
      case 'taken':
        return finish(job, 'taken')
      default:
        return outcome satisfies never
    }
  }

  function pump(host: string, lane: Lane): void {
    while (!stopped && lane.out < width) {
      const queue = lane.ready.high.size ? lane.ready.high : lane.ready.normal
      const first = queue.entries().next().value
      if (!first) break
      const [slot, { job, tries }] = first
      queue.delete(slot)
      lane.out += 1
      const trial = attempt(job, tries + 1)
        .catch((error: unknown) => log.error({ reason: reasonOf(error) }, 'push failed'))
        .finally(() => {
          out.delete(trial)
          lane.out -= 1
          pump(host, lane)
        })
      out.add(trial)
    }
    if (lane.out + sizeOf(lane) === 0) lanes.delete(host)
  }

  return {
    enqueue(job) {
      const wait = waiting.get(job.slot)
      const before = current.get(job.slot)
      wait?.cancel()
      waiting.delete(job.slot)
      for (const { ready } of lanes.values()) for (const queue of Object.values(ready)) queue.delete(job.slot)
      current.set(job.slot, job)
      // The same once more, of the next round: the push service still has the time that it asked for.
      if (wait && before && isSame(before, job)) hold(job, wait.tries, wait.until)
      else line(job, 0)
    },
    queued,
    async stop() {
      stopped = true
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
      lanes.clear()
      await Promise.all(out)
      report()
    },
  }
}
