/**
 * What became of my answer, as the three links of the chain. A link that holds stays: between "waiting" and "on its way"
 * only the ring of the second one comes and goes, so the chain never goes back (OUT-11).
 */
import type { Delivery } from '../../../core/outbox.ts'

export type LinkState = 'held' | 'working' | 'open' | 'refused'
export type Chain = [saved: LinkState, sent: LinkState, registered: LinkState]

/** `null`: the relay had the answer before this device was set up. For an answer, "taken" is registered (ANSWER-1). */
export function chainOf(delivery: Delivery | null): Chain {
  switch (delivery?.state) {
    case 'saved':
    case 'withdrawn':
    case 'waiting':
      return ['held', 'open', 'open']
    case 'sending':
      return ['held', 'working', 'open']
    case 'refused':
      return ['held', 'refused', 'open']
    case undefined:
    case 'taken':
      return ['held', 'held', 'held']
    default:
      return delivery satisfies never
  }
}
