/** The shipped core as this world uses it. A mutation replaces one of these functions; no source is edited. */
import {
  byMoment,
  incidentId,
  latestActiveSite,
  latestDeclaration,
  moveOf,
  replacesState,
} from '../../../src/core/failover.ts'
import { proposing, settling, standing, timed } from '../../../src/core/proposing.ts'
import { chooseSite, heeding, isShutOut } from '../../../src/core/site-choice.ts'
import { declarationOf, mayComplete, replacedBy, takeTurn } from '../../../src/core/switching.ts'
import { observe, unseen, verdicts } from '../../../src/core/verdict.ts'

export const shipped = {
  observe,
  unseen,
  verdicts,
  takeTurn,
  replacedBy,
  incidentId,
  declarationOf,
  mayComplete,
  byMoment,
  moveOf,
  proposing,
  settling,
  standing,
  timed,
  latestActiveSite,
  latestDeclaration,
  replacesState,
  chooseSite,
  heeding,
  isShutOut,
}
export type Core = typeof shipped
