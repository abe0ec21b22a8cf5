import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { alertRevisionSchema, readAlert } from '../../../src/core/alert.ts'
import { deploymentSchema, readDeployment } from '../../../src/core/deployment.ts'
import { readRoomEvent, roomEventSchema, TYPE } from '../../../src/core/event.ts'
import { activeSiteSchema, readActiveSite } from '../../../src/core/failover.ts'
import { bodySchema, cardSchema, contactLists, contactsSchema, playbooks } from '../../../src/core/handbook.ts'
import { parse, parseJson } from '../../../src/core/parse.ts'
import { pushOfAlert, pushOfTest, readPush } from '../../../src/core/push.ts'
import * as relay from '../../../src/core/relay.ts'
import { readTally, responseSchema, tallySchema } from '../../../src/core/response.ts'
import { peopleOf, powerOf } from '../../../src/core/room.ts'
import { timelineOf } from '../../../src/core/timeline.ts'
import { deploymentOf, person } from '../../fakes/agency.ts'
import { createPhone } from '../../fakes/phone.ts'
import { event, levels, NOW, revision, room, ROOM, spoiled, state, uuidOf } from './samples.ts'

const entry = { id: uuidOf(1), person: 'anna', key: 'ok', at: NOW, note: 'ja' }
const response = { id: uuidOf(1), alert: uuidOf(2), key: 'ok', at: NOW }
const card = {
  v: 1,
  title: 'Stromausfall',
  scenario: 'power',
  summary: 'x',
  version: 1,
  updated: '2026-01-31',
  lang: 'de',
  bytes: 1,
  sha256: 'a'.repeat(64),
  parts: 1,
}
const status = {
  v: 1,
  relay: 'a',
  at: NOW,
  epoch: 1,
  sites: { a: { up: true, since: NOW, checks: { homeserver: true, relay: null } } },
  verdict: { a: 'up' },
  active_site: 'a',
  sent: [],
}
const contacts = { v: 1, title: 'Stab', version: 1, entries: [{ role: 'Leitung', phones: ['112'] }] }
const declaration = { v: 1, site: 'b', from: 'a', since: NOW, closed: ['a'], incident: uuidOf(3), by: 'monitor' }

const doors: [string, v.GenericSchema, unknown][] = [
  ['an alert', alertRevisionSchema, revision()],
  ['a room event', roomEventSchema, event('m.room.message', {})],
  ['a deployment file', deploymentSchema, deploymentOf()],
  ['a declaration', activeSiteSchema, declaration],
  ['a playbook card', cardSchema, card],
  ['a part of a playbook', bodySchema, { v: 1, version: 1, markdown: '# x' }],
  ['a contact list', contactsSchema, contacts],
  ['a response', responseSchema, response],
  ['a tally', tallySchema, { v: 1, alert: uuidOf(2), entries: [entry] }],
  ['the status of a relay', relay.statusSchema, status],
  ['a device', relay.deviceSchema, createPhone('https://fcm.googleapis.com/x').device],
  [
    'the request of a session',
    relay.sessionRequest,
    { openid: { access_token: 'x', matrix_server_name: 'a.example' }, device: 'phone' },
  ],
  ['a session', relay.sessionReply, { bearer: 'x', expires: NOW }],
  ['the reply to a self-test', relay.testReply, { id: uuidOf(1), sent_at: NOW }],
  ['responses', relay.responsesRequest, { v: 1, responses: [response] }],
  [
    'the reply to responses',
    relay.responsesReply,
    { registered: ['x'], refused: [{ id: 'y', reason: 'unknown_key' }] },
  ],
  ['an error of a relay', relay.errorReply, { errcode: 'M_LIMIT_EXCEEDED', error: 'x', retry_after_ms: 5 }],
]

describe.each(doors)('%s', (_name, schema, valid) => {
  it('is read', () => {
    expect(parse(schema, valid)).toMatchObject({ ok: true })
    expect(parseJson(schema, JSON.stringify(valid))).toMatchObject({ ok: true })
  })

  it('is never thrown at, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), spoiled(valid)), (input) => {
        const result = parse(schema, input)
        if (!result.ok) expect(result.reason).toMatch(/.+: .+/)
        else expect(parse(schema, result.value).ok).toBe(true)
      }),
    )
  })
})

it('a reason names the field that is wrong', () => {
  const result = parse(deploymentSchema, { ...deploymentOf(), sites: [{ id: 'A!' }] })
  expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/^sites\.0\.id: /) as string })
  expect(parseJson(deploymentSchema, '{')).toEqual({ ok: false, reason: 'no JSON' })
})

describe('readers take any event without throwing', () => {
  const content = fc.dictionary(fc.string(), fc.jsonValue())
  const type = fc.constantFrom(...Object.values(TYPE), 'm.room.message', 'm.room.member', 'm.room.power_levels')
  const events = fc.record({ type, content, state_key: fc.string() }).map((e) => event(e.type, e.content, e))

  it('ROOM-1 BOOK-1 ALERT-9 rooms, people, books, timeline', () => {
    fc.assert(
      fc.property(fc.array(events), fc.array(events), (states, timeline) => {
        for (const kind of ['alert', 'handbook'] as const) {
          const any = room(kind, [levels(), ...states], timeline)
          for (const e of timeline) {
            readAlert(any, e)
            readActiveSite(any, e)
            readTally(e)
          }
          playbooks([any])
          contactLists([any])
          peopleOf(deploymentOf(), any.record)
          timelineOf(deploymentOf(), any, person('anna'), [])
          expect(powerOf(any.record, '@x:a.example')).not.toBeNaN()
        }
      }),
    )
  })

  it('PUSH-10 pushes', () => {
    const ours = fc.oneof(
      spoiled(pushOfAlert('https://app.example', revision(), 'de')),
      spoiled(pushOfTest('https://app.example', uuidOf(1), NOW, 'de')),
      fc.anything(),
    )
    fc.assert(fc.property(ours, (input) => void readPush(input)))
  })

  it('RELAY-13 deployment files and wire events', () => {
    fc.assert(fc.property(fc.string(), (text) => void readDeployment(text)))
    fc.assert(fc.property(fc.anything(), (raw) => void readRoomEvent(ROOM, raw)))
    expect(readRoomEvent(ROOM, { ...state('x', {}), room_id: '!other' })?.room_id).toBe(ROOM)
  })
})
