/**
 * The queue of pushes, in memory, one place for each alert and device: a newer revision takes the place of an older one
 * that still waits. Each push is tried until it is taken, refused, or its time is over (PUSH-6, PUSH-7).
 */
import type { Clock } from '../clock.ts'
import type { RegisteredDevice } from '../devices/register.ts'
import type { Log } from '../log.ts'
import { waitFor, type Outcome } from './outcome.ts'
import type { Message, Post } from './post.ts'

export interface Job {
  /** Alert and device; a later job with the same slot replaces this one. */
  slot: string
  device: RegisteredDevice
  message: Message
  /** After this the push is worth nothing, ms. */
  deadline: number
  /** Called once, when nothing more will be tried for this job. */
  done: (result: Outcome['kind'] | 'expired') => void
}

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
  /** Posts at the same time. */
  width: number
  log: Log
}

export function createSender({ post, forget, clock, random, width, log }: Ports): Sender {
  const ready = new Map<string, { job: Job; tries: number }>()
  const waiting = new Map<string, () => void>()
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

  const queued = () => ready.size + waiting.size + out.size

  function later(job: Job, tries: number, outcome: Extract<Outcome, { kind: 'later' }>): void {
    count('later')
    if (ready.has(job.slot) || waiting.has(job.slot)) return job.done('expired')
    const wait = waitFor(tries, outcome.retry_after_ms, random())
    if (clock.now() + wait >= job.deadline) return finish(job, 'expired')
    const cancel = clock.after(wait, () => {
      waiting.delete(job.slot)
      ready.set(job.slot, { job, tries })
      pump()
    })
    waiting.set(job.slot, cancel)
  }

  function finish(job: Job, result: Outcome['kind'] | 'expired'): void {
    count(result)
    job.done(result)
  }

  async function attempt(job: Job, tries: number): Promise<void> {
    const ttl = Math.ceil((job.deadline - clock.now()) / 1000)
    if (ttl <= 0) return finish(job, 'expired')
    const outcome = await post(job.device.device.subscription, job.message, ttl)
    switch (outcome.kind) {
      case 'later':
        return stopped ? undefined : later(job, tries, outcome)
      case 'gone':
        await forget(job.device)
        return finish(job, 'gone')
      case 'refused':
        log.warn({ why: outcome.why, host: new URL(job.device.device.subscription.endpoint).hostname }, 'push refused')
        return finish(job, 'refused')
      case 'taken':
        return finish(job, 'taken')
      default:
        return outcome satisfies never
    }
  }

  function pump(): void {
    while (!stopped && out.size < width) {
      const first = ready.entries().next().value
      if (!first) return
      const [slot, { job, tries }] = first
      ready.delete(slot)
      const trial = attempt(job, tries + 1)
        .catch((error: unknown) => log.error({ reason: String(error) }, 'push failed'))
        .finally(() => {
          out.delete(trial)
          pump()
        })
      out.add(trial)
    }
  }

  return {
    enqueue(job) {
      waiting.get(job.slot)?.()
      waiting.delete(job.slot)
      ready.delete(job.slot)
      ready.set(job.slot, { job, tries: 0 })
      pump()
    },
    queued,
    async stop() {
      stopped = true
      for (const cancel of waiting.values()) cancel()
      waiting.clear()
      ready.clear()
      await Promise.all(out)
      report()
    },
  }
}
