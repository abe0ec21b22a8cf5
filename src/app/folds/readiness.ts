/** The four rows of Bereitschaft: each a real check, with its time. Rules READY-* in docs/spec.md. */
import type { Deployment } from '../../core/deployment.ts'
import type { Account, PushState } from '../../core/ports.ts'
import type { Remembered } from '../memory.ts'
import type { ContactView, PlaybookView, ReadinessRow, SiteRow } from '../views.ts'

/** `persisted`: the browser has promised to keep what is here; null while that is not known. */
export function installedRow(
  installed: boolean,
  installable: boolean,
  persisted: boolean | null,
  at: number,
): ReadinessRow {
  if (!installed)
    return {
      id: 'installed',
      state: 'open',
      at,
      finding: { kind: installable ? 'install_prompt' : 'not_installed' },
      fix: 'install',
    }
  return persisted === false
    ? { id: 'installed', state: 'open', at, finding: { kind: 'storage_lent' }, fix: 'check' }
    : { id: 'installed', state: 'proven', at, finding: { kind: 'installed' }, fix: null }
}

export interface PushFacts {
  state: PushState
  /** The deployment rings at all. */
  hasRelay: boolean
  /** Sites whose relay does not know where this device is rung. */
  unregistered: readonly string[]
  /** The last self-test that reached this device. */
  received: { id: string; received_at: number } | null
  asked: Remembered<'self_test'> | null
  now: number
  patience: number
}

/** Only a push that came to this device proves anything (READY-2). */
export function pushRow({ state, hasRelay, unregistered, received, asked, now, patience }: PushFacts): ReadinessRow {
  const row = (
    state: ReadinessRow['state'],
    finding: ReadinessRow['finding'],
    fix: ReadinessRow['fix'],
    at: number | null = null,
  ): ReadinessRow => ({ id: 'push', state, at, finding, fix })
  if (!hasRelay) return row('failed', { kind: 'push_no_relay' }, null)
  switch (state) {
    case 'unsupported':
      return row('failed', { kind: 'push_unsupported' }, null)
    case 'needs_install':
      return row('open', { kind: 'push_needs_install' }, 'install')
    case 'denied':
      return row('failed', { kind: 'push_denied' }, 'check')
    case 'not_asked':
      return row('open', { kind: 'push_not_asked' }, 'allow_push')
    case 'no_subscription':
      return row('failed', { kind: 'push_off' }, 'allow_push')
    case 'subscribed': {
      const answered = received !== null && asked !== null && received.id === asked.id
      if (asked && !answered && now - asked.asked_at > patience)
        return row('failed', { kind: 'push_silent' }, 'test_push', asked.asked_at)
      if (asked && !answered) return row('checking', { kind: 'push_untested' }, null)
      if (!answered) return row('open', { kind: 'push_untested' }, 'test_push')
      // It rang through one site. The other has to know the way as well, or it could not ring when it is alone.
      const [site] = unregistered
      if (site !== undefined) return row('open', { kind: 'push_partial', site }, 'check', received.received_at)
      const ms = Math.max(0, received.received_at - asked.asked_at)
      return row('proven', { kind: 'push_received', ms }, 'test_push', received.received_at)
    }
    default:
      return state satisfies never
  }
}

/** A site that does not answer is silent, not signed out (READY-3). */
export function standbyRow(
  { sites }: Deployment,
  accounts: readonly Account[],
  sessions: Remembered<'sessions'>,
  reached: readonly SiteRow[],
): ReadinessRow {
  const row = (
    state: ReadinessRow['state'],
    finding: ReadinessRow['finding'],
    fix: ReadinessRow['fix'],
    at: number | null = null,
  ): ReadinessRow => ({ id: 'standby', state, at, finding, fix })
  for (const { id, name } of sites) {
    if (!accounts.some((a) => a.site === id)) return row('failed', { kind: 'site_missing', site: name }, 'sign_in_site')
    const proof = sessions[id]
    if (proof && !proof.holds && !proof.locked)
      return row('failed', { kind: 'site_expired', site: name }, 'sign_in_site', proof.at)
  }
  // Last: of this the person can mend nothing.
  const locked = sites.find(({ id }) => sessions[id]?.locked)
  if (locked) return row('failed', { kind: 'site_locked', site: locked.name }, 'check', sessions[locked.id]!.at)
  const unproven = sites.find(({ id }) => !sessions[id])
  const silent = sites.find(({ id }) => reached.find((r) => r.id === id)?.state === 'silent')
  const oldest = Math.min(...sites.map(({ id }) => sessions[id]?.at ?? Infinity))
  if (silent)
    return row('open', { kind: 'site_silent', site: silent.name }, 'check', Number.isFinite(oldest) ? oldest : null)
  if (unproven) return row('checking', { kind: 'unchecked' }, 'check')
  return row('proven', { kind: 'both_sites', sites: sites.map((s) => s.name) }, 'check', oldest)
}

/** Every playbook has the version of its card (READY-4). */
export function handbookRow(
  playbooks: readonly PlaybookView[],
  lists: readonly ContactView[],
  at: number | null,
): ReadinessRow {
  const row = (state: ReadinessRow['state'], finding: ReadinessRow['finding']): ReadinessRow => ({
    id: 'handbook',
    state,
    at,
    finding,
    fix: 'load_handbook',
  })
  const done = playbooks.filter((p) => p.onBoard === 'yes').length
  const contacts = lists.reduce((sum, list) => sum + list.entries.length, 0)
  if (at === null) return row('checking', { kind: 'unchecked' })
  if (!playbooks.length) return row('open', { kind: 'handbook_empty' })
  if (done < playbooks.length) return row('open', { kind: 'handbook_loading', done, of: playbooks.length })
  const newest = playbooks
    .map((p) => p.card.updated)
    .toSorted()
    .at(-1)!
  return row('proven', { kind: 'handbook_complete', playbooks: done, contacts, newest })
}
