import { describe, expect, it } from 'vitest'
import { unfollowable, unsound } from '../../../src/core/deployment-change.ts'
import type { Answers } from '../../../src/core/site-choice.ts'
import { deploymentOf } from '../../fakes/agency.ts'

const file = deploymentOf()
const monitors = (count: number) => ({
  monitors: Array.from({ length: count }, (_, i) => ({ id: `m${i}`, url: `https://m${i}.example` })),
})
const site = (id: string, changes: object = {}) => ({ ...deploymentOf([id]).sites[0]!, ...changes })

describe('SWITCH-4 relays may not declare by themselves', () => {
  it.each([
    ['automatic with none', { ...monitors(0), failover: { mode: 'automatic' } }, 'there are none'],
    ['automatic with one', { ...monitors(1), failover: { mode: 'automatic' } }, 'there is one'],
    ['automatic with two', { ...monitors(2), failover: { mode: 'automatic' } }, 'failover.mode: automatic needs three'],
    ['in the end with two', { ...monitors(2), failover: { mode: 'confirm', then: 'automatic' } }, 'failover.then: '],
  ])('%s', (_what, changes, reason) => {
    expect(unsound(deploymentOf(['a', 'b'], changes))).toContain(reason)
  })

  it.each([
    ['automatic with three', { ...monitors(3), failover: { mode: 'automatic' } }],
    ['by hand with two', { ...monitors(2), failover: { mode: 'confirm', then: 'nothing' } }],
  ])('but may %s', (_what, changes) => {
    expect(unsound(deploymentOf(['a', 'b'], changes))).toBeNull()
  })
})

describe('SWITCH-16 a deployment file', () => {
  it.each([
    ['adds a site', deploymentOf(['a', 'b', 'c'])],
    ['takes one away', deploymentOf(['b'])],
    ['has another order', deploymentOf(['b', 'a'])],
    [
      'has other addresses',
      deploymentOf(['a', 'b'], { sites: [site('a', { homeserver: 'https://new.example' }), site('b')] }),
    ],
    ['has other monitors', deploymentOf(['a', 'b'], monitors(5))],
  ])('is followed when it %s', (_what, next) => {
    expect(unfollowable(file, next)).toBeNull()
  })

  it.each([
    ['none of the sites is left', deploymentOf(['c', 'd']), 'none of the present ones is left'],
    [
      'a site is another server',
      deploymentOf(['a', 'b'], { sites: [site('a'), site('b', { server_name: 'x.example' })] }),
      '"b" has become another server',
    ],
  ])('is refused when %s', (_what, next, reason) => {
    expect(unfollowable(file, next)).toContain(reason)
  })

  it('is refused as long as only sites that go answer', () => {
    const next = deploymentOf(['b', 'c'])
    expect(unfollowable(file, next, { a: true, b: false })).toContain('do not answer')
    const followed: Answers[] = [{ a: true, b: true }, { a: true, b: null }, { a: false, b: false }, {}]
    for (const answers of followed) expect(unfollowable(file, next, answers)).toBeNull()
  })
})
