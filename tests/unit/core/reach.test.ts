import { expect, it } from 'vitest'
import { fleetOf } from '../../../src/core/fleet.ts'
import { parseOrNull } from '../../../src/core/parse.ts'
import { reachOf, reachReply, type ReachReport, type Stage } from '../../../src/core/reach.ts'
import type { Device } from '../../../src/core/relay.ts'
import { person } from '../../fakes/agency.ts'
import { createPhone } from '../../fakes/phone.ts'

const anna = person('anna')
const report = (stage: Stage | null, rev = 0): ReachReport => ({ v: 1, rev, people: stage ? { [anna]: stage } : {} })

it.each([
  ['the furthest that any relay knows', [report('registered'), report('accepted')], 'accepted'],
  ['shown, whichever relay was told', [report('accepted'), report('shown')], 'shown'],
  [
    'a failure, also where another relay leaves the ringing to the first',
    [report('failed'), report('registered')],
    'failed',
  ],
  ['still ringing while nobody has rung', [report('registered'), report('registered')], 'ringing'],
  ['no device when every relay says so', [report(null), report(null)], 'no_device'],
  ['unknown when the relay that may have rung is silent', [null, report('registered')], 'unknown'],
  ['unknown when one is silent and the other has no device', [null, report(null)], 'unknown'],
  ['unknown when a relay knows an older revision only', [report('shown', 0), report('registered', 1)], 'unknown'],
  ['what is known although another relay is silent', [null, report('accepted')], 'accepted'],
  ['unknown when nobody answers', [null, null], 'unknown'],
] as const)('REACH-3 %s', (_what, reports, reach) => {
  expect(reachOf(anna, reports[1]?.rev ?? 0, reports)).toBe(reach)
})

it('REACH-1 a stage of a later version counts as a device', () => {
  expect(parseOrNull(reachReply, { v: 1, rev: 0, people: { [anna]: 'read aloud' } })?.people).toEqual({
    [anna]: 'registered',
  })
})

it('FLEET-1 counts by platform who would ring, and names nobody', () => {
  const DAY = 24 * 3600_000
  const now = 100 * DAY
  const phone = (name: string, changes: Partial<Device>) => ({
    person: person(name),
    device: createPhone('https://fcm.googleapis.com/x', changes).device,
  })
  const fleet = fleetOf(
    new Set(['anna', 'ben', 'cleo'].map(person)),
    [
      phone('anna', { platform: 'android', installed: true, proven: now - DAY }),
      phone('anna', { platform: 'desktop', installed: false, proven: now - 8 * DAY }),
      phone('ben', { platform: 'android', installed: true, proven: now - 31 * DAY }),
      // Of version 0.1.
      phone('ben', { platform: 'ios' }),
      phone('stranger', { platform: 'ios', installed: true, proven: now }),
    ],
    now,
  )
  expect(fleet).toEqual({
    v: 1,
    people: 3,
    reachable: 2,
    platforms: {
      android: { devices: 2, installed: 2, proven_7: 1, proven_30: 1 },
      ios: { devices: 1, installed: 0, proven_7: 0, proven_30: 0 },
      desktop: { devices: 1, installed: 0, proven_7: 0, proven_30: 1 },
    },
  })
})
