import { createHash } from 'node:crypto'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { alertSchema, textOf } from '../../../src/core/alert.ts'
import { TYPE } from '../../../src/core/event.ts'
import {
  declarations,
  incidentId,
  latestActiveSite,
  moveOf,
  readActiveSite,
  readDrill,
  speakers,
  successor,
  type ActiveSite,
} from '../../../src/core/failover.ts'
import { parse } from '../../../src/core/parse.ts'
import { failoverAlert } from '../../../src/core/switch-alert.ts'
import { MOVES } from '../../../src/core/template.ts'
import { observe, unseen, verdicts, type SiteView, type Verdict } from '../../../src/core/verdict.ts'
import { ALL, deploymentOf } from '../../fakes/agency.ts'
import { levels, NOW, room, state, uuidOf } from './samples.ts'

const sha256 = (bytes: Uint8Array) => Promise.resolve(new Uint8Array(createHash('sha256').update(bytes).digest()))
const declaration = (site: string, since: number): ActiveSite => ({
  v: 1,
  site,
  since,
  closed: [],
  by: 'monitor',
  status: 'Actual',
})

describe('SITE-4', () => {
  const declared = (sender: `@${string}:${string}`) =>
    state(TYPE.activeSite, { v: 1, site: 'b', since: NOW, by: 'manager' }, { sender })

  it('a declaration counts in an alert room, from a sender who may declare', () => {
    expect(readActiveSite(room('alert'), declared('@chief:a.example'))).toEqual({
      ...declaration('b', NOW),
      by: 'manager',
    })
    expect(readActiveSite(room('alert'), declared('@anna:a.example'))).toBeNull()
    expect(readActiveSite(room('team'), declared('@chief:a.example'))).toBeNull()
    expect(readActiveSite(room('alert', []), declared('@chief:a.example'))).toBeNull()
    const higher = levels({ events: { [TYPE.activeSite]: 100 } })
    expect(readActiveSite(room('alert', [higher]), declared('@chief:a.example'))).toBeNull()
  })

  it('one of a site that the file does not name counts for nothing', () => {
    const declaring = (site: string) =>
      room('alert', [
        levels(),
        state(TYPE.activeSite, { v: 1, site, since: NOW, by: 'manager' }, { sender: '@chief:a.example' }),
      ])
    const known = declarations(deploymentOf(['a', 'b']), [declaring('b'), declaring('c')])
    expect(known.map(({ site }) => site)).toEqual(['b'])
  })

  it('the latest counts; of two of the same moment everybody takes the same', () => {
    expect(latestActiveSite([])).toBeNull()
    expect(latestActiveSite([declaration('b', 2), declaration('a', 1)])?.site).toBe('b')
    const some = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 2 })), { minLength: 1 })
    fc.assert(
      fc.property(some, (all) => {
        const sites = all.map(([site, since]) => declaration(site, since))
        expect(latestActiveSite(sites.toReversed())).toEqual(latestActiveSite(sites))
      }),
    )
  })
})

it.each<[string, Record<string, Verdict>, string | null]>([
  ['the first that is up', { a: 'down', b: 'up', c: 'up' }, 'b'],
  ['the next one when the one before is down, too', { a: 'down', b: 'down', c: 'up' }, 'c'],
  ['nobody while it is not known of the one before', { a: 'down', b: 'unknown', c: 'up' }, null],
  ['nobody while the active one is up', { a: 'up', b: 'up', c: 'up' }, null],
  ['nobody while that is not known', { a: 'unknown', b: 'up', c: 'up' }, null],
  ['nobody if no other is up', { a: 'down', b: 'unknown', c: 'down' }, null],
])('SITE-5 goes on: %s', (_what, verdict, site) => {
  expect(successor(deploymentOf(['a', 'b', 'c']), verdict, 'a')).toBe(site)
})

it('SITE-5 the first of the file goes on also after the second', () => {
  expect(successor(deploymentOf(['a', 'b', 'c']), { a: 'up', b: 'down', c: 'up' }, 'b')).toBe('a')
})

it('SITE-6 the same move from the same declaration is the same incident, any other another', async () => {
  const ids = await Promise.all(
    [
      ['$1', 'a', 'b'],
      ['$1', 'a', 'b'],
      ['$2', 'a', 'b'],
      ['$1', 'b', 'a'],
      ['$1', 'a', 'c'],
    ].map(([replaced, from, to]) => incidentId(sha256, replaced!, from!, to!)),
  )
  expect(ids[0]).toBe(ids[1])
  expect(new Set(ids).size).toBe(4)
  for (const id of ids) expect(v.is(v.pipe(v.string(), v.uuid()), id)).toBe(true)
})

it('SITE-6 the alert of a failover is one, with the incident as its id, in both languages', () => {
  const move = { from: 'a', to: 'b', incident: uuidOf(7) }
  const alert = failoverAlert(deploymentOf(), move, [ALL], NOW)
  expect(parse(alertSchema, alert)).toEqual({ ok: true, value: alert })
  expect(alert).toMatchObject({ id: move.incident, kind: 'failover', site: move, effective: NOW })
  expect(textOf(alert, 'de').headline).toContain('Standort B')
  expect(textOf(alert, 'en').headline).toContain('Standort B')
})

it('SWITCH-6 a closed site is passed over', () => {
  const file = deploymentOf(['a', 'b', 'c'])
  expect(successor(file, { a: 'down', b: 'up', c: 'up' }, 'a', ['b'])).toBe('c')
  expect(successor(file, { a: 'down', b: 'up', c: 'down' }, 'a', ['b'])).toBeNull()
})

it('SWITCH-7 the relay of the site that people go to speaks first, then the others that are not down', () => {
  const file = deploymentOf(['a', 'b', 'c'])
  expect(speakers(file, { a: 'down', b: 'up', c: 'up' }, 'c', 'b')).toEqual(['c', 'b'])
  expect(speakers(file, { a: 'down', b: 'up', c: 'unknown' }, 'b', 'a')).toEqual(['b', 'a', 'c'])
})

describe('SWITCH-8 however the lines are cut', () => {
  const sites = ['a', 'b', 'c']
  const file = deploymentOf(sites)
  const monitors = ['a', 'b', 'c', 'v', 'w']
  const bools = (count: number) => fc.array(fc.boolean(), { minLength: count, maxLength: count })
  const line = fc.record({ sees: bools(15), reads: bools(25) })

  /** What each monitor makes of what it and those that it can read have seen. */
  function successors({ sees, reads }: { sees: boolean[]; reads: boolean[] }) {
    const views = monitors.map((_, m) =>
      Object.fromEntries(sites.map((site, s) => [site, { up: sees[m * sites.length + s]! }])),
    )
    const of = (m: number) =>
      new Map(
        monitors.flatMap((id, o) => (m === o || reads[m * monitors.length + o] ? [[id, views[o]!] as const] : [])),
      )
    return monitors.map((_, m) => successor(file, verdicts(sites, monitors, of(m)), 'a'))
  }

  it('nobody names another successor than anybody else', () => {
    fc.assert(
      fc.property(line, (lines) => {
        expect(new Set(successors(lines).filter((site) => site !== null)).size).toBeLessThanOrEqual(1)
      }),
      { numRuns: 400 },
    )
  })

  it('nobody names one while most monitors see the active site', () => {
    fc.assert(
      fc.property(line, ({ sees, reads }) => {
        const seen = sees.map((up, i) => (i % sites.length === 0 && i < 9 ? true : up))
        expect(successors({ sees: seen, reads }).every((site) => site === null)).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it('a cut between the sites alone declares nothing, however long it lasts', () => {
    const three = ['a', 'b', 'w']
    const sees: Record<string, string[]> = { a: ['a'], b: ['b'], w: ['a', 'b'] }
    const views = Object.fromEntries(three.map((m) => [m, { a: unseen(0), b: unseen(0) } as Record<string, SiteView>]))
    for (let now = 1; now < 50; now++)
      for (const m of three)
        for (const site of ['a', 'b'])
          views[m]![site] = observe(views[m]![site]!, sees[m]!.includes(site), now, { misses: 3, recovers: 3 })
    for (const reader of three) {
      const readable = three.filter((m) => m === reader || sees[reader]!.includes(m) || m === 'w')
      const verdict = verdicts(['a', 'b'], three, new Map(readable.map((m) => [m, views[m]!])))
      expect(successor(deploymentOf(), verdict, 'a')).toBeNull()
    }
  })
})

describe('SWITCH-9 a declaration is', () => {
  it.each([
    ['a failover', { by: 'monitor', site: 'b', from: 'a' }, 'failover'],
    ['a move by hand', { by: 'manager', site: 'b', from: 'a' }, 'moved'],
    ['a failover by hand, as proposed', { by: 'manager', site: 'b', from: 'a', incident: uuidOf(9) }, 'failover'],
    ['a closing', { by: 'manager', site: 'b', from: 'a', closed: ['a'] }, 'closed'],
    ['a way back', { by: 'manager', site: 'a', from: 'b' }, 'switch_back'],
    ['a failover to the first site', { by: 'monitor', site: 'a', from: 'b' }, 'failover'],
    ['a correction', { by: 'manager', site: 'a', from: 'b', corrects: uuidOf(1) }, 'correction'],
    ['no move', { by: 'manager', site: 'b', from: 'b', closed: ['a'] }, null],
    ['no move either', { by: 'manager', site: 'b' }, null],
  ] as [string, Partial<ActiveSite>, string | null][])('%s', (_what, declared, kind) => {
    expect(moveOf(deploymentOf(), { ...declaration('b', NOW), ...declared }, uuidOf(9))).toBe(kind)
  })
})

it('SWITCH-13 a drill is read as one, whatever it calls itself', () => {
  const event = (type: string) =>
    state(
      type,
      { v: 1, site: 'b', from: 'a', since: NOW, by: 'manager', status: 'Actual' },
      { sender: '@chief:a.example' },
    )
  expect(readDrill(room('alert'), event(TYPE.drill))).toMatchObject({ site: 'b', status: 'Exercise' })
  expect(readActiveSite(room('alert'), event(TYPE.drill))).toBeNull()
  expect(readDrill(room('alert'), event(TYPE.activeSite))).toBeNull()
})

it.each(MOVES)('SWITCH-11 without words of the agency the alert of a %s is whole, in both languages', (kind) => {
  const places = deploymentOf().sites.map((s) => ({ ...s, name: 'N'.repeat(80), workplace: 'https://portal.example' }))
  const file = deploymentOf(['a', 'b'], { sites: places })
  for (const deployment of [deploymentOf(), file]) {
    const alert = failoverAlert(deployment, { from: 'a', to: 'b', incident: uuidOf(7), kind }, [ALL], NOW)
    expect(parse(alertSchema, alert)).toEqual({ ok: true, value: alert })
    expect(JSON.stringify(alert)).not.toMatch(/\{(from|to|time|workplace)\}/)
  }
  const alert = failoverAlert(file, { from: 'a', to: 'b', incident: uuidOf(7) }, [ALL], NOW)
  expect(textOf(alert, 'en').instruction).toContain('https://portal.example')
})
