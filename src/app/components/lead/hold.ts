/**
 * Sending what rings at everybody: hold for 1.5 s, or tap twice, at least 1 s apart (LEAD-3). Drumming on the button
 * never sends: every tap that comes too soon is the first one again. Pure; times in ms.
 */
export const HOLD_MS = 1500
export const GAP_MS = 1000
/** So long a first tap waits for the second. */
export const WAIT_MS = 10_000

export type Hold =
  | { state: 'ready' }
  /** `first`: when the first of two taps was, if there was one. */
  | { state: 'holding'; since: number; first: number | null }
  | { state: 'second_tap'; since: number }
  | { state: 'done' }

export const READY: Hold = { state: 'ready' }

export const press = (hold: Hold, at: number): Hold =>
  hold.state === 'ready' || hold.state === 'second_tap'
    ? { state: 'holding', since: at, first: hold.state === 'second_tap' ? hold.since : null }
    : hold

export function release(hold: Hold, at: number): Hold {
  if (hold.state !== 'holding') return hold
  const held = at - hold.since >= HOLD_MS
  const twice = hold.first !== null && hold.since - hold.first >= GAP_MS
  return held || twice ? { state: 'done' } : { state: 'second_tap', since: at }
}

/** The finger slid off, or the focus went: that was neither a hold nor a tap. */
export const leave = (hold: Hold): Hold => (hold.state === 'holding' ? READY : hold)

/** Nothing but time has passed. */
export function elapse(hold: Hold, at: number): Hold {
  if (hold.state === 'holding' && at - hold.since >= HOLD_MS) return { state: 'done' }
  if (hold.state === 'second_tap' && at - hold.since >= WAIT_MS) return READY
  return hold
}

const STEP_MS = HOLD_MS / 3

/** 3, 2, 1: what is said of a hold where nothing may move. */
export const countdown = (hold: Hold, at: number): number =>
  hold.state === 'holding' ? Math.max(1, 3 - Math.floor((at - hold.since) / STEP_MS)) : 3

/** When time alone changes something next; null: never. */
export function due(hold: Hold, at: number): number | null {
  if (hold.state === 'holding') return hold.since + (Math.floor((at - hold.since) / STEP_MS) + 1) * STEP_MS
  return hold.state === 'second_tap' ? hold.since + WAIT_MS : null
}
