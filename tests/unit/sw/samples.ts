/** Alerts and their pushes, as a relay would send them. */
import type { AlertContent, AlertRevision } from '../../../src/core/alert.ts'
import { pushOfAlert, pushOfTest } from '../../../src/core/push.ts'

export const ORIGIN = 'https://app.example'
export const ALERT = '0198f3c0-1111-7000-8000-000000000001'

export function revision(more: Partial<AlertContent> = {}): AlertRevision {
  const content: AlertContent = {
    v: 1,
    id: ALERT,
    rev: 0,
    msg_type: 'Alert',
    status: 'Actual',
    severity: 'Severe',
    kind: 'instruction',
    headline: 'Gebäude Ruhrstraße räumen',
    instruction: 'Brand im zweiten Obergeschoss.',
    next_step: 'Zum Sammelplatz Hof B gehen.',
    responses: [],
    effective: 1_764_000_000_000,
    audience: { label: 'Alle Beschäftigten', rooms: [] },
    info: [],
    ...more,
  }
  const event_id = `$${content.id}-${content.rev}` as const
  return { content, event_id, room_id: '!alle:a.example', sender: '@mo:a.example', at: 1_764_000_000_000 }
}

export const alertText = (more: Partial<AlertContent> = {}) => JSON.stringify(pushOfAlert(ORIGIN, revision(more), 'de'))
export const testText = (id: string, sent_at: number) => JSON.stringify(pushOfTest(ORIGIN, id, sent_at, 'de'))
