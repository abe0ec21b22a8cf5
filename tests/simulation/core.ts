/** The shipped core as the world uses it. A mutation replaces one of these functions; no source is edited. */
import { advance } from '../../src/core/advance.ts'
import type { EventGate, OutboxStore } from '../../src/core/sending.ts'
import { startDrain } from '../../src/core/drain.ts'
import { duty, isRung } from '../../src/core/duty.ts'
import { incidentId, successor } from '../../src/core/failover.ts'
import { foldTally } from '../../src/core/response.ts'
import { chooseSite } from '../../src/core/site-choice.ts'
import { onlyOnce } from '../../src/core/timeline.ts'
import { observe, verdicts } from '../../src/core/verdict.ts'

export const shipped = {
  startDrain,
  /** What the person decides of an item. */
  decide: advance,
  chooseSite,
  observe,
  verdicts,
  successor,
  incidentId,
  duty,
  isRung,
  onlyOnce,
  foldTally,
  /** What the drain is given as its store and its homeserver, to put something in between. */
  storeOf: (store: OutboxStore, _now: () => number): OutboxStore => store,
  gateOf: (gate: EventGate): EventGate => gate,
  /** Whether `add` resolves only after the item is durable. */
  durable: true,
  /** Whether a relay says "registered" only after its homeserver took the tally event. */
  tallied: true,
}
export type Core = typeof shipped
