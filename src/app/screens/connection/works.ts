/** What works, and what to do, by the facts of strip and device. Screens put it into words (APP-4). */
import type { DeviceTrouble, Strip } from '../../views.ts'

export interface WhatWorks {
  /** What a person says goes out now; otherwise it waits on the device, and reading goes on (APP-3). */
  sends: boolean
  /** Why not: no site can be reached, or every one refuses this session. */
  waitsFor: 'network' | 'sign_in'
  /** What a person says can be written down at all. */
  writes: boolean
  /** Mail and files of the site that is normally in use. */
  workplace: boolean
}

export function whatWorks({ state, device }: Pick<Strip, 'state' | 'device'>): WhatWorks {
  const sends = state === 'normal' || state === 'back' || state === 'moved'
  return {
    sends,
    waitsFor: state === 'signed_out' ? 'sign_in' : 'network',
    writes: device !== 'broken' && device !== 'silent' && device !== 'full',
    workplace: sends && state !== 'moved',
  }
}

export type Advice =
  | { kind: 'device'; trouble: DeviceTrouble }
  | { kind: 'refused'; count: number }
  | { kind: 'locked'; site: string }
  | { kind: 'sign_in'; site: MissingSite }
  | { kind: 'nothing'; state: Strip['state'] }

export interface MissingSite {
  id: string
  name: string
  reason: 'missing' | 'expired' | 'locked'
}

/** The next step. What only the person can do comes first; mostly there is nothing to do. */
export function advise(strip: Strip, missing: readonly MissingSite[], refused: number): Advice {
  const { state, device } = strip
  // Without a network no sign-in helps.
  const isOffline = strip.state === 'offline' && strip.cut === 'network'
  if (device && device !== 'clock') return { kind: 'device', trouble: device }
  if (refused > 0) return { kind: 'refused', count: refused }
  const ended = missing.find((site) => site.reason !== 'locked')
  if (ended && !isOffline) return { kind: 'sign_in', site: ended }
  if (device) return { kind: 'device', trouble: device }
  const [locked] = missing
  return locked && !isOffline ? { kind: 'locked', site: locked.name } : { kind: 'nothing', state }
}
