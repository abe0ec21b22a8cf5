/** What relays and workers of version 0.1.0 wrote down, read by this version, also with what later ones may add. */
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { deploymentSchema } from '../../../src/core/deployment.ts'
import { parse, parseOrNull } from '../../../src/core/parse.ts'
import { readPush } from '../../../src/core/push.ts'
import { errorReply, responsesReply, sessionReply, statusSchema, testReply } from '../../../src/core/relay.ts'
import { tallySchema } from '../../../src/core/response.ts'
import answers from '../../fixtures/0.1/answers.json' with { type: 'json' }
import pushes from '../../fixtures/0.1/pushes.json' with { type: 'json' }

const push = v.custom((input) => readPush(input) !== null)
const recorded: [name: string, schema: v.GenericSchema, answer: object][] = [
  ['status', statusSchema, answers.status],
  ['session', sessionReply, answers.session],
  ['test', testReply, answers.test],
  ['responses', responsesReply, answers.responses],
  ['error', errorReply, answers.error],
  ['deployment', deploymentSchema, answers.deployment],
  ['tally', tallySchema, answers.tally],
  ['push of an alert', push, pushes.alert],
  ['push of a test', push, pushes.test],
]

/** Objects whose keys are names of ours; in the others any key is an entry. */
const RECORDS = ['sites', 'verdict']

/** Puts a field that nobody knows into every object below. */
function withMore(value: unknown, name: string, more: unknown, parent = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => withMore(one, name, more))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([key, one]) => [key, withMore(one, name, more, key)] as const)
  const isRecord = RECORDS.includes(parent)
  return { ...Object.fromEntries(fields), ...(isRecord ? {} : { [name]: more }) }
}

test.each(recorded)('UPDATE-9 %s of 0.1.0 is read, and what a later one adds changes nothing', (_, schema, answer) => {
  const before = parse(schema, answer)
  expect(before.ok).toBe(true)
  const field = fc.stringMatching(/^later_[a-z]{1,8}$/)
  fc.assert(
    fc.property(field, fc.jsonValue(), (name, more) => {
      const after = parse(schema, withMore(answer, name, more))
      expect(after.ok).toBe(true)
      if (schema !== push) expect(after).toEqual(before)
    }),
  )
})

test('UPDATE-9 a value that nobody knows has its fate', () => {
  const status = { ...answers.status, verdict: { a: 'degraded', b: 'down' } }
  expect(parseOrNull(statusSchema, status)?.verdict).toEqual({ a: 'unknown', b: 'down' })
  const reply = { registered: ['1'], refused: [{ id: '2', reason: 'too_late' }] }
  expect(parseOrNull(responsesReply, reply)).toEqual({
    registered: ['1'],
    refused: [{ id: '2', reason: 'unknown_key' }],
  })
  const file = { ...answers.deployment, failover: { mode: 'by_vote' }, languages: ['de', 'fr'] }
  expect(parseOrNull(deploymentSchema, file)).toMatchObject({ failover: { mode: 'confirm' }, languages: ['de'] })
  const alert = structuredClone(pushes.alert)
  const { content } = alert['de.notanker'].revision
  Object.assign(content, { kind: 'weather', responses: [{ key: 'x', label: 'Später', meaning: 'later' }] })
  const read = readPush(alert)?.['de.notanker']
  expect(read?.kind === 'alert' && read.revision.content).toMatchObject({
    kind: 'instruction',
    responses: [{ key: 'x', meaning: 'acknowledged' }],
  })
})

test.each([
  ['status', statusSchema, answers.status],
  ['deployment', deploymentSchema, answers.deployment],
  ['tally', tallySchema, answers.tally],
] as const)('UPDATE-9 %s of another v is not there', (_, schema, answer) => {
  expect(parse(schema, { ...answer, v: 2 }).ok).toBe(false)
})

test.each([{ severity: 'Unknown' }, { status: 'System' }, { msg_type: 'Ack' }, { v: 2 }])(
  'UPDATE-9 an alert with %j is not acted on',
  (changes) => {
    const alert = structuredClone(pushes.alert)
    Object.assign(alert['de.notanker'].revision.content, changes)
    expect(readPush(alert)).toBeNull()
  },
)
