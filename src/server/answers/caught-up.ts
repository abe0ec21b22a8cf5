import type { RelayStatus } from '../../core/relay.ts'

/** How long a site's past takes to come in after its return, ms: it is fetched room by room, then read once more. */
const CATCH_UP = 60_000

/** Whether what any site has is known here: all are up, and have been for a while (ANSWER-7). */
export const haveCaughtUp = (sites: RelayStatus['sites'], now: number): boolean =>
  Object.values(sites).every(({ up, since }) => up === true && now - since >= CATCH_UP)
