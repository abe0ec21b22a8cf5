import { createHash } from 'node:crypto'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { alertSchema, textOf } from '../../../src/core/alert.ts'
import { TYPE } from '../../../src/core/event.ts'
import {
  failoverAlert,
  incidentId,
  latestActiveSite,
  readActiveSite,
  successor,
  type ActiveSite,
} from '../../../src/core/failover.ts'
import { parse } from '../../../src/core/parse.ts'
import type { Verdict } from '../../../src/core/verdict.ts'
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
  ['the next one that is up', { a: 'down', b: 'unknown', c: 'up' }, 'c'],
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
