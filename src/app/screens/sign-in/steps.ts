/** The steps after the first sign-in: only those that this device still needs, and always a proven end. */
import type { ReadinessRow } from '../../views.ts'

export type Step = 'partial' | 'install' | 'ring' | 'test'

type PushKind = ReadinessRow['finding']['kind']
/** There is something to ask the person or the system for. */
const ASKABLE: readonly PushKind[] = ['push_not_asked', 'push_denied', 'push_off', 'unchecked']
/** Ringing is allowed: a test can be sent. */
const TESTABLE: readonly PushKind[] = ['push_untested', 'push_silent', 'push_received']

const find = (rows: readonly ReadinessRow[], id: ReadinessRow['id']) => rows.find((r) => r.id === id)

export const testable = (rows: readonly ReadinessRow[]): boolean => {
  const push = find(rows, 'push')
  return push !== undefined && TESTABLE.includes(push.finding.kind)
}

function needs(step: Step, rows: readonly ReadinessRow[], missingSites: number): boolean {
  switch (step) {
    case 'partial':
      return missingSites > 0
    case 'install':
      return find(rows, 'installed')?.state !== 'proven'
    case 'ring': {
      const push = find(rows, 'push')
      return push !== undefined && ASKABLE.includes(push.finding.kind)
    }
    case 'test':
      return true
    default:
      return step satisfies never
  }
}

const ORDER: readonly Step[] = ['partial', 'install', 'ring', 'test']

/** The first step after `done` that is needed; with null, the first of all. */
export const nextStep = (done: Step | null, rows: readonly ReadinessRow[], missingSites: number): Step =>
  ORDER.slice(done === null ? 0 : ORDER.indexOf(done) + 1).find((s) => needs(s, rows, missingSites)) ?? 'test'

/** As the person counts them: the sign-in was the first of four. */
export const stepNumber = (step: Step): number => ({ partial: 1, install: 2, ring: 3, test: 4 })[step]
