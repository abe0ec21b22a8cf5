/** What works, and what to do, by the state of the strip. Screens put it into words (APP-4). */
import type { Strip } from '../../views.ts'

export interface WhatWorks {
  /** What a person says goes out now; otherwise it waits on the device, and reading goes on (APP-3). */
  sends: boolean
  /** Mail and files of the site that is normally in use. */
  workplace: boolean
}

export function whatWorks(state: Strip['state']): WhatWorks {
  switch (state) {
    case 'normal':
    case 'back':
      return { sends: true, workplace: true }
    case 'moved':
      return { sends: true, workplace: false }
    case 'seeking':
    case 'trouble':
    case 'offline':
      return { sends: false, workplace: false }
    default:
      return state satisfies never
  }
}

export type Advice =
  { kind: 'refused'; count: number } | { kind: 'sign_in'; site: string } | { kind: 'nothing'; state: Strip['state'] }

/** The next step. What only the person can do comes first; mostly there is nothing to do. */
export function advise(state: Strip['state'], missing: readonly { name: string }[], refused: number): Advice {
  if (refused > 0) return { kind: 'refused', count: refused }
  const [site] = missing
  return site ? { kind: 'sign_in', site: site.name } : { kind: 'nothing', state }
}
