import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertSchema, textOf } from '../../../src/core/alert.ts'
import { failoverAlert } from '../../../src/core/switch-alert.ts'
import { parse } from '../../../src/core/parse.ts'
import { DEFAULT_TEMPLATES, templateIn, templateSchema } from '../../../src/core/template.ts'
import { ALL, deploymentOf } from '../../fakes/agency.ts'
import { levels, NOW, room, spoiled, state, uuidOf } from './samples.ts'

const own = {
  ...DEFAULT_TEMPLATES.failover,
  headline: 'Wir arbeiten in {to}',
  instruction: '{from} ist seit {time} Uhr gestört.\nPortal: {workplace}',
  next_step: 'Seite 3 im Notfallplan.',
  playbook: 'cyberangriff',
  info: [
    { lang: 'en', headline: 'We work at {to}', instruction: '{from} failed at {time}.', next_step: 'See page 3.' },
  ],
}
const handbook = (content: object, key = 'failover') =>
  room('handbook', [levels(), state('de.notanker.template', content as Record<string, unknown>, { state_key: key })])
const move = { from: 'a', to: 'b', incident: uuidOf(7) }

describe('SWITCH-11 the words of the agency', () => {
  it('say what happened, with the names, the time where the agency is, and its playbook', () => {
    const file = deploymentOf(['a', 'b'], { time_zone: 'Europe/Berlin' })
    const alert = failoverAlert(file, move, [ALL], Date.UTC(2026, 0, 1, 13, 32), own)
    expect(alert).toMatchObject({ headline: 'Wir arbeiten in Standort B', kind: 'failover', playbook: 'cyberangriff' })
    // The site has no workplace: its line is left out.
    expect(alert.instruction).toBe('Standort A ist seit 14:32 Uhr gestört.')
    expect(textOf(alert, 'en').instruction).toBe('Standort A failed at 14:32.')
  })

  it('stand in a handbook room, one for each kind of switch', () => {
    expect(templateIn([handbook(own)], 'failover')).toEqual({ ok: true, value: own })
    expect(templateIn([handbook(own)], 'closed')).toBeNull()
    expect(templateIn([handbook({})], 'failover')).toBeNull()
    expect(templateIn([{ ...handbook(own), kind: 'team' }], 'failover')).toBeNull()
    expect(templateIn([], 'failover')).toBeNull()
  })
})

describe('SWITCH-12 a template is refused', () => {
  it.each([
    ['with a blank that nobody knows', { headline: 'Hallo {name}' }],
    ['without a headline', { headline: '' }],
    ['without a next step', { next_step: '' }],
    ['with a headline that is too long', { headline: 'x'.repeat(121) }],
    ['with a severity of its own', { severity: 'Bad' }],
  ])('%s', (_what, changes) => {
    expect(templateIn([handbook({ ...own, ...changes })], 'failover')).toMatchObject({ ok: false })
  })

  it('whatever is wrong with it, and never throws', () => {
    fc.assert(
      fc.property(spoiled(own), (broken) => {
        const read = parse(templateSchema, broken)
        if (read.ok)
          expect(parse(alertSchema, failoverAlert(deploymentOf(), move, [ALL], NOW, read.value)).ok).toBeDefined()
      }),
    )
  })
})
