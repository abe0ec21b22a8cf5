/** Faults that the simulation of the switch has found (tests/simulation/switch), each as small as it can be. */
import { describe, expect, it } from 'vitest'
import { TYPE } from '../../../src/core/event.ts'
import { replacesState, type ActiveSite, type KnownDeclaration } from '../../../src/core/failover.ts'
import { standing } from '../../../src/core/proposing.ts'
import type { Proposal } from '../../../src/core/proposal.ts'
import { mayComplete, replacedBy, takeTurn, type Sight } from '../../../src/core/switching.ts'
import { deploymentOf } from '../../fakes/agency.ts'
import { NOW, state, uuidOf } from './samples.ts'

const declaration = (site: string, since: number, more: Partial<ActiveSite> = {}): ActiveSite => ({
  v: 1,
  site,
  since,
  closed: [],
  by: 'monitor',
  status: 'Actual',
  ...more,
})
const known = (...of: Parameters<typeof declaration>): KnownDeclaration => ({ declared: declaration(...of), at: NOW })
const sight = (more: Partial<Sight> = {}): Sight => ({
  self: 'b',
  deployment: deploymentOf(['a', 'b', 'c']),
  verdict: { a: 'down', b: 'up', c: 'up' },
  latest: known('a', 1),
  proposal: null,
  follows: () => null,
  now: NOW,
  ...more,
})
/** How long those who speak first are waited for, ms. */
const PATIENCE = 30_000
const A_TO_B = { from: 'a', to: 'b' }
const rooms = [known('a', 1)]

describe('SITE-13 nothing is declared', () => {
  it('by a relay whose homeserver is behind: another one goes by a later declaration of a site that is up', () => {
    const follows = (site: string) => (site === 'c' ? { site: 'c', since: 5 } : null)
    expect(takeTurn(sight(), null).do).toBe('move')
    expect(takeTurn(sight({ follows }), null).do).toBe('wait')
    expect(replacedBy(sight({ follows }), A_TO_B, rooms)).toBeNull()
  })

  it('but that of a homeserver which is down reaches nobody, and is not waited for', () => {
    const follows = (site: string) => (site === 'a' ? { site: 'c', since: 5 } : null)
    expect(takeTurn(sight({ follows }), null).do).toBe('move')
  })

  it('when the site has come back while the homeserver was asked', () => {
    expect(replacedBy(sight(), A_TO_B, rooms)).toMatchObject({ key: '1' })
    expect(replacedBy(sight({ verdict: { a: 'up', b: 'up', c: 'up' } }), A_TO_B, rooms)).toBeNull()
  })

  it('when somebody has declared anew, whatever this relay knew', () => {
    expect(replacedBy(sight(), A_TO_B, [known('c', 2)])).toBeNull()
    expect(replacedBy(sight({ latest: known('c', 2) }), A_TO_B, rooms)).toBeNull()
  })
})

describe('SITE-6 the incident is made of what is replaced', () => {
  const keyOf = (...of: Parameters<typeof declaration>) => replacedBy(sight(), A_TO_B, [known(...of)])?.key

  it('whichever copy of it a relay has read: copies have several event ids, and may have several times', () => {
    const incident = uuidOf(1)
    expect(keyOf('a', 2, { incident })).toBe(incident)
    expect(keyOf('a', 3, { incident })).toBe(incident)
    expect(keyOf('a', 2, { incident: uuidOf(2) })).toBe(uuidOf(2))
  })

  it('by its moment where it has no incident, or where nothing was declared', () => {
    expect(keyOf('a', 2)).toBe('2')
    expect(keyOf('a', 3)).toBe('3')
    expect(replacedBy(sight({ latest: null }), A_TO_B, [])?.key).toBe('0')
  })
})

describe('SWITCH-17 a move that managers have declined', () => {
  const fell = (since: number) => new Map(['a', 'b', 'c'].map((id) => [id, { up: false, since }]))
  const declines = uuidOf(3)

  it('is due again when the site falls anew, however far ahead the clock was of whoever declined', () => {
    const latest = { declared: declaration('a', NOW + 3600_000, { by: 'manager', declines }), at: NOW }
    expect(takeTurn(sight({ latest, views: fell(NOW - 1) }), null).do).toBe('wait')
    expect(takeTurn(sight({ latest, views: fell(NOW + 1) }), null).do).toBe('move')
    expect(replacedBy(sight({ views: fell(NOW - 1) }), A_TO_B, [latest])).toBeNull()
    expect(replacedBy(sight({ views: fell(NOW + 1) }), A_TO_B, [latest])).not.toBeNull()
  })

  it('and proposed once more stays proposed, though another relay has not seen the site fall anew', () => {
    const latest = known('a', 2, { by: 'manager', declines })
    const turn = (incident: string) =>
      takeTurn(sight({ latest, views: fell(NOW - 1), proposal: { ...A_TO_B, state: 'open', incident } }), null)
    expect(turn(declines)).toMatchObject({ do: 'settle', fate: 'declined' })
    expect(turn(uuidOf(4)).do).toBe('wait')
  })

  it('is not declined by a declaration of a site that the file does not name', () => {
    expect(replacedBy(sight({ views: fell(NOW - 1) }), A_TO_B, [known('x', 2, { declines })])).not.toBeNull()
  })
})

it('SWITCH-7 a relay whose own site most monitors see down was away: it never speaks at once', () => {
  const away = sight({ self: 'c', verdict: { a: 'down', b: 'up', c: 'down' } })
  const { due, do: first } = takeTurn(away, null)
  expect(first).toBe('wait')
  expect(takeTurn({ ...away, now: NOW + PATIENCE }, due).do).toBe('move')
})

describe('SITE-14 a declaration is completed', () => {
  it('half a minute after a relay has heard of it, however far ahead the clock was of the homeserver that took it', () => {
    const follows = () => ({ site: 'b', since: NOW })
    const ahead = declaration('b', NOW + 300_000, { by: 'manager', from: 'a' })
    expect(mayComplete(sight({ self: 'c', follows }), { declared: ahead, at: NOW + 300_000 }, 0)).toBe(false)
    // Also a relay that comes back after it was declared: what its homeserver lacks is on its way.
    expect(mayComplete(sight({ self: 'c', follows }), { declared: ahead, at: NOW - 300_000 }, 0)).toBe(false)
    expect(mayComplete(sight({ self: 'c', follows }), { declared: ahead, at: NOW + 300_000 }, PATIENCE)).toBe(true)
  })
})

it('SITE-25 a device that has read a declaration keeps it where a site that is behind says what was before', () => {
  const event = (site: string, since: number) => state(TYPE.activeSite, { v: 1, site, since, by: 'manager' })
  expect(replacesState(undefined, event('a', 1))).toBe(true)
  expect(replacesState(event('a', 1), event('b', 2))).toBe(true)
  expect(replacesState(event('b', 2), event('a', 1))).toBe(false)
  expect(replacesState(event('b', 2), state(TYPE.activeSite, {}))).toBe(false)
  expect(replacesState(state('m.room.name', { name: 'x' }), state('m.room.name', { name: 'y' }))).toBe(true)
})

it('SWITCH-5 what a relay has written stands only until its room shows something else', () => {
  const proposal = (state: Proposal['state']) => ({ state }) as Proposal
  const inRoom = (event_id: string) => ({ proposal: proposal('open'), event: { event_id } })
  const written = { proposal: proposal('withdrawn'), over: '$1' }
  expect(standing(inRoom('$1'), written)?.state).toBe('withdrawn')
  expect(standing(inRoom('$2'), written)?.state).toBe('open')
  expect(standing(null, null)).toBeNull()
})
