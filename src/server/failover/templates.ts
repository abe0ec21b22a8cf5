/** The alert of a switch in the agency's words, or in ours where hers are missing or broken. SWITCH-11, SWITCH-12. */
import { alertSchema, type AlertContent } from '../../core/alert.ts'
import type { Deployment } from '../../core/deployment.ts'
import { failoverAlert, type Move } from '../../core/failover.ts'
import type { RoomId } from '../../core/ids.ts'
import { parse } from '../../core/parse.ts'
import type { AgencyRoom } from '../../core/room.ts'
import { templateIn, type MoveKind } from '../../core/template.ts'
import type { Log } from '../log.ts'

/** `at`: when it was declared, ms. */
export function switchAlert(
  deployment: Deployment,
  move: Move & { kind: MoveKind },
  rooms: readonly AgencyRoom[],
  at: number,
  log: Log,
): AlertContent {
  const audience = rooms.filter((r) => r.kind === 'alert').map((r): RoomId => r.id)
  const template = templateIn(rooms, move.kind)
  if (!template) return failoverAlert(deployment, move, audience, at)
  const own = template.ok ? parse(alertSchema, failoverAlert(deployment, move, audience, at, template.value)) : template
  if (own.ok) return own.value
  log.warn({ template: move.kind, reason: own.reason }, 'the template cannot be used: the default says it')
  return failoverAlert(deployment, move, audience, at)
}
