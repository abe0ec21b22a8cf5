/** How fast things go in this world, ms. */
import type { Thresholds } from '../../../src/core/verdict.ts'

/** Between two looks of a monitor, and of a phone. */
export const INTERVAL = 5_000
export const MONITOR = { misses: 3, recovers: 2, damping: { falls: 3, window: 200_000, hold: 40_000 } } as const
export const PHONE: Thresholds = { misses: 3, recovers: 3 }
/** How long those who speak first are waited for (SWITCH-7). */
export const PATIENCE = 30_000
/** In mode `confirm`: how long managers are waited for, s. */
export const CONFIRM_S = 40
/** Trouble ends here; then everything but what burnt is whole again, and comes to rest. */
export const TROUBLE = 40 * INTERVAL
export const REST = 32 * INTERVAL
/** Rounds in which nothing changes and nothing is under way, after which nothing more will come of it. */
export const QUIET = 11
