/** Waiting for what a test needs, instead of for a time. */
import { setTimeout as pause } from 'node:timers/promises'

/** Long enough that only something that will never happen reaches it, ms. */
const DEADLINE = 60_000
const STEP = 50

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>

/** Asks until the answer is truthy and returns it; `what` completes "waited in vain for …". */
export async function waitFor<T>(what: string, ask: () => T | Promise<T>, deadline = DEADLINE): Promise<Truthy<T>> {
  const end = performance.now() + deadline
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Truthy<T>
    if (performance.now() > end) throw new Error(`waited in vain for ${what} (${deadline} ms)`)
    await pause(STEP)
  }
}
