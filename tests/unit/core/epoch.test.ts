import { describe, expect, it } from 'vitest'
import { epochsIn, wentBack } from '../../../src/core/epoch.ts'
import { bot, deploymentOf } from '../../fakes/agency.ts'
import { record, state } from './samples.ts'

describe('SYNC-9 positions', () => {
  it.each([
    ['s100_1_2', 's99_1_2', true],
    ['s100_1_2', 's100_1_2', false],
    ['s9_1', 's10_1', false],
    ['m56~2.58~3.59_1', 's55_1', true],
    ['s100_1', 'other', false],
    ['other', 's1_1', false],
  ])('from %s to %s: gone back %s', (since, to, back) => {
    expect(wentBack(since, to)).toBe(back)
  })
})

describe('SITE-24 the epoch of a site', () => {
  const said = (site: string, epoch: unknown, sender = bot(site)) =>
    state('de.notanker.site', { v: 1, epoch, at: 1 }, { state_key: site, sender })
  const epochs = (...rooms: Parameters<typeof record>[1][]) =>
    epochsIn(
      deploymentOf(),
      rooms.map((states, i) => record(`!${i}`, states)),
    )

  it('is the highest that its bot has said in a room', () => {
    expect(epochs([said('a', 1), said('b', 0)], [said('a', 2)], [])).toEqual({ a: 2, b: 0 })
  })
  it('is what nobody else says of it, and a number', () => {
    expect(epochs([said('a', 3, bot('b'))], [said('b', 'x')], [said('c', 1)])).toEqual({})
  })
})
