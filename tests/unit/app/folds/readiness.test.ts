import { describe, expect, it } from 'vitest'
import { handbookRow, installedRow, pushRow, standbyRow, type PushFacts } from '../../../../src/app/folds/readiness.ts'
import type { SiteRow } from '../../../../src/app/views.ts'
import { deploymentOf } from '../../../fakes/agency.ts'
import { sessionOf } from '../../../fakes/sample.ts'

const NOW = 1_800_000_000_000
const asked = { id: 'one', sent_at: NOW - 5_000, asked_at: NOW - 5_000, endpoint: 'https://push.example/1' }
const facts = (more: Partial<PushFacts> = {}): PushFacts => ({
  state: 'subscribed',
  hasRelay: true,
  unregistered: [],
  received: null,
  asked: null,
  now: NOW,
  patience: 60_000,
  ...more,
})

describe('READY-2 push is proven only by a push that came', () => {
  it.each<[string, PushFacts, object]>([
    ['allowed, never tried', facts(), { state: 'open', fix: 'test_push' }],
    ['under way', facts({ asked }), { state: 'checking' }],
    [
      'came back',
      facts({ asked, received: { id: 'one', received_at: NOW - 3_200 } }),
      { state: 'proven', at: NOW - 3_200, finding: { kind: 'push_received', ms: 1_800 } },
    ],
    [
      'an older one came, not this one',
      facts({ asked, received: { id: 'zero', received_at: 1 } }),
      { state: 'checking' },
    ],
    ['never came', facts({ asked, now: NOW + 120_000 }), { state: 'failed', finding: { kind: 'push_silent' } }],
    ['not asked', facts({ state: 'not_asked' }), { state: 'open', fix: 'allow_push' }],
    ['denied', facts({ state: 'denied' }), { state: 'failed', finding: { kind: 'push_denied' } }],
    ['lost', facts({ state: 'no_subscription' }), { state: 'failed', fix: 'allow_push' }],
    ['no relay', facts({ hasRelay: false }), { state: 'failed', fix: null }],
  ])('%s', (_, given, expected) => {
    expect(pushRow(given)).toMatchObject(expected)
  })
})

describe('READY-3 the standby', () => {
  const proof = { a: { holds: true, at: 5 }, b: { holds: true, at: 3 } }
  const up: SiteRow[] = ['a', 'b'].map((id) => ({ id, name: id, state: 'standby', since: 1, last: false }))
  const { accounts } = sessionOf('anna')
  it('is proven by every homeserver, as old as the oldest proof', () => {
    expect(standbyRow(deploymentOf(), accounts, proof, up)).toMatchObject({ state: 'proven', at: 3 })
  })
  it('is not proven before', () => {
    expect(standbyRow(deploymentOf(), accounts, {}, up)).toMatchObject({ state: 'checking', at: null })
  })
  it('READY-6 tells a site that has ended the session from one that has locked the account, and from one that is silent', () => {
    const ended = { ...proof, b: { holds: false, at: 9 } }
    expect(standbyRow(deploymentOf(), accounts, ended, up)).toMatchObject({
      finding: { kind: 'site_expired' },
      fix: 'sign_in_site',
    })
    const locked = { a: { ...ended.b, locked: true }, b: proof.b }
    expect(standbyRow(deploymentOf(), accounts, locked, up)).toMatchObject({
      finding: { kind: 'site_locked', site: 'Standort A' },
      state: 'failed',
      fix: 'check',
    })
    // What the person can mend comes first.
    expect(standbyRow(deploymentOf(), accounts, { ...locked, b: ended.b }, up)).toMatchObject({
      finding: { kind: 'site_expired' },
    })
    const silent = up.map((row) => (row.id === 'b' ? { ...row, state: 'silent' as const } : row))
    expect(standbyRow(deploymentOf(), accounts, proof, silent)).toMatchObject({
      finding: { kind: 'site_silent' },
      state: 'open',
    })
    expect(standbyRow(deploymentOf(), accounts.slice(0, 1), proof, up)).toMatchObject({
      finding: { kind: 'site_missing' },
    })
  })
})

describe('READY-4 the handbook', () => {
  const card = {
    v: 1,
    title: 'T',
    scenario: 'S',
    summary: '',
    version: 1,
    updated: '2026-09-08',
    lang: 'de',
    bytes: 1,
    sha256: 'a',
    parts: 1,
  } as const
  const book = (onBoard: 'yes' | 'no' | 'older') => ({ id: onBoard, card, onBoard, outdated: false })
  it('is on board when every text is', () => {
    expect(handbookRow([book('yes')], [], 1)).toMatchObject({
      state: 'proven',
      finding: { playbooks: 1, newest: '2026-09-08' },
    })
    expect(handbookRow([book('yes'), book('older')], [], 1)).toMatchObject({
      state: 'open',
      finding: { done: 1, of: 2 },
    })
    expect(handbookRow([], [], 1)).toMatchObject({ finding: { kind: 'handbook_empty' } })
    expect(handbookRow([], [], null)).toMatchObject({ state: 'checking' })
  })
})

it('READY-1 installation says what to do', () => {
  expect(installedRow(true, false, null, 1)).toMatchObject({ state: 'proven', fix: null })
  expect(installedRow(false, true, false, 1)).toMatchObject({
    state: 'open',
    fix: 'install',
    finding: { kind: 'install_prompt' },
  })
})

it('READY-7 an installed app whose storage the browser may empty is not ready yet', () => {
  expect(installedRow(true, false, false, 1)).toMatchObject({
    state: 'open',
    fix: 'check',
    finding: { kind: 'storage_lent' },
  })
  expect(installedRow(true, false, true, 1)).toMatchObject({ state: 'proven' })
})
