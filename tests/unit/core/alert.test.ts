import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  alertMessage,
  alertSchema,
  byUrgency,
  endOf,
  foldAlerts,
  phaseOf,
  readAlert,
  SCHEDULED_AHEAD,
  LIMITS,
  SEVERITIES,
  startOf,
  textOf,
  type Alert,
  type AlertContent,
  type AlertRevision,
} from '../../../src/core/alert.ts'
import { TYPE } from '../../../src/core/event.ts'
import { parse } from '../../../src/core/parse.ts'
import { alertContent } from '../../fakes/agency.ts'
import { event, levels, NOW, revision, room, state, uuidOf } from './samples.ts'

const fold = (...revisions: AlertRevision[]): Alert => foldAlerts(revisions)[0]!

describe('ALERT-1 an alert counts', () => {
  const sent = (sender: `@${string}:${string}`) =>
    event('m.room.message', { msgtype: 'm.text', body: 'x', [TYPE.alert]: alertContent(NOW) }, { sender })

  it('from a sender with power 50 in an alert room', () => {
    expect(readAlert(room('alert'), sent('@chief:b.example'))?.content).toEqual(alertContent(NOW))
  })

  it.each([
    ['from somebody without power', room('alert'), sent('@anna:a.example')],
    ['in a room of another kind', room('team'), sent('@chief:a.example')],
    ['as another type of event', room('alert'), { ...sent('@chief:a.example'), type: TYPE.alert }],
    ['without levels in the room', room('alert', []), sent('@chief:a.example')],
    ['where 50 is not enough to send', room('alert', [levels({ events_default: 100 })]), sent('@chief:a.example')],
    [
      'where anybody may send, from one who may only that',
      room('alert', [levels({ events_default: 0 })]),
      sent('@anna:a.example'),
    ],
  ])('not %s', (_why, at, said) => {
    expect(readAlert(at, said)).toBeNull()
  })
})

describe('ALERT-2 of revisions', () => {
  it('the highest counts', () => {
    const [old, young] = [revision({ rev: 1 }, { at: NOW + 9 }), revision({ rev: 2 }, { event_id: '$2' })]
    expect(fold(young, old)).toMatchObject({ current: young, history: [old, young] })
  })

  it('with the same number the later counts, then the greater event id', () => {
    const [a, b, c] = [revision(), revision({}, { event_id: '$b' }), revision({}, { event_id: '$a', at: NOW + 1 })]
    expect(fold(c, b, a).current).toBe(c)
    expect(fold(b, a).current).toBe(b)
    expect(fold(b, a).history).toEqual([b])
  })

  it('order of arrival and copies change nothing', () => {
    const one = fc
      .record({
        id: fc.integer({ min: 0, max: 2 }),
        rev: fc.integer({ min: 0, max: 3 }),
        at: fc.integer({ min: 0, max: 3 }),
        room: fc.integer({ min: 0, max: 2 }),
      })
      .map(({ id, rev, at, room: nr }) =>
        revision({ id: uuidOf(id), rev }, { at, event_id: `$${id}${rev}${at}${nr}`, room_id: `!${nr}` }),
      )
    const shuffled = fc
      .array(one)
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })))
    const byId = (alerts: Alert[]) => alerts.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(byId(foldAlerts(other))).toEqual(byId(foldAlerts(all)))
      }),
    )
  })
})

it('ALERT-3 alerts that wait for me are first, then by severity, then the newest', () => {
  const alert = (nr: number, severity: AlertContent['severity'], at: number) =>
    fold(revision({ id: uuidOf(nr), severity }, { at: NOW + at }))
  const all = [alert(1, 'Minor', 9), alert(2, 'Severe', 1), alert(3, 'Severe', 5), alert(4, 'Extreme', 0)]
  const order = (waiting: string[]) =>
    all.toSorted(byUrgency((a) => waiting.includes(a.id))).map((a) => all.indexOf(a) + 1)
  expect(order([])).toEqual([4, 3, 2, 1])
  expect(order([uuidOf(1), uuidOf(2)])).toEqual([2, 1, 4, 3])
})

it('ALERT-4 the event of the room gives the whole text of what the push had shortened', () => {
  const whole = revision({ instruction: 'Verlassen Sie das Gebäude durch den Nordausgang.' })
  const pushed = revision({ instruction: 'Verlassen Sie…' })
  expect(fold(whole, pushed).current).toBe(whole)
  expect(fold(pushed, whole).current).toBe(whole)
})

describe('ALERT-5', () => {
  it.each([
    ['announced', { effective: NOW + SCHEDULED_AHEAD + 1 }],
    ['open', { effective: NOW }],
    ['open', { effective: NOW, expires: NOW + 1 }],
    ['expired', { effective: NOW - 9, expires: NOW }],
    ['withdrawn', { msg_type: 'Cancel', effective: NOW + 1 }],
    ['withdrawn', { msg_type: 'Cancel', expires: NOW - 1 }],
    ['ended', { msg_type: 'AllClear', expires: NOW - 1 }],
    ['open', { msg_type: 'Update' }],
  ] as const)('%s: %o', (phase, content) => {
    expect(phaseOf(fold(revision(content)), NOW)).toBe(phase)
  })

  it('ends to be announced at its time', () => {
    const alert = fold(revision({ effective: NOW + 3600_000 }))
    expect(phaseOf(alert, NOW + 3599_999)).toBe('announced')
    expect(phaseOf(alert, NOW + 3600_000)).toBe('open')
  })
})

describe('ALERT-12 what tells of a switch', () => {
  const told = (nr: number, minutes: number, content: Partial<AlertContent> = {}) => {
    const [from = 'a', to = 'b'] = nr % 2 ? ['a', 'b'] : ['b', 'a']
    const site = { from, to, incident: uuidOf(nr) }
    return revision({ id: uuidOf(nr), site, ...content }, { event_id: `$${nr}`, at: NOW + minutes * 60_000 })
  }
  const phases = (...all: AlertRevision[]) => foldAlerts(all).map((alert) => phaseOf(alert, NOW + 3600_000))

  it('holds until people are told of another one, also where its words are changed after that', () => {
    const moved = told(1, 0)
    const [alert] = foldAlerts([moved, told(2, 20), told(1, 30, { rev: 1, msg_type: 'Update' })])
    expect(alert).toMatchObject({ overtaken: NOW + 20 * 60_000 })
    expect(endOf(alert!)).toBe(NOW + 20 * 60_000)
    expect(phaseOf(alert!, NOW + 19 * 60_000)).toBe('open')
    expect(phases(moved, told(2, 20), told(3, 40))).toEqual(['expired', 'expired', 'open'])
  })

  it('is not ended by what was withdrawn, by a drill, or by an alert of another kind', () => {
    expect(phases(told(1, 0), told(2, 20, { msg_type: 'Cancel' }))).toEqual(['open', 'withdrawn'])
    expect(phases(told(1, 0), told(2, 20, { status: 'Exercise' }))).toEqual(['open', 'open'])
    expect(phases(told(1, 0), revision({ id: uuidOf(9) }, { at: NOW + 60_000 }))).toEqual(['open', 'open'])
  })

  it('as a drill is ended by a drill, and by a switch in earnest', () => {
    const drill = told(1, 0, { status: 'Exercise' })
    expect(phases(drill, told(2, 20, { status: 'Exercise' }))).toEqual(['expired', 'open'])
    expect(phases(drill, told(2, 20))).toEqual(['expired', 'open'])
  })
})

describe("ALERT-11 the writer's clock", () => {
  it('keeps nobody from answering, also where the clock of the device is behind all others', () => {
    for (const ahead of [0, 3_000, SCHEDULED_AHEAD])
      expect(phaseOf(fold(revision({ effective: NOW + ahead })), NOW - 60_000)).toBe('open')
  })

  it('orders nothing: an alert begins when its event was sent, one written for later at its time', () => {
    expect(startOf(revision({ effective: NOW - 3600_000 }))).toBe(NOW)
    expect(startOf(revision({ effective: NOW + SCHEDULED_AHEAD }))).toBe(NOW)
    expect(startOf(revision({ effective: NOW + SCHEDULED_AHEAD + 1 }))).toBe(NOW + SCHEDULED_AHEAD + 1)
  })
})

describe('ALERT-6 the words', () => {
  const info = [
    {
      lang: 'en',
      headline: 'Leave',
      instruction: 'Leave the building.',
      next_step: 'Go to the car park.',
      responses: { ok: 'Understood' },
    },
  ]

  it("are the reader's where the alert brings them", () => {
    const text = textOf(alertContent(NOW, { info }), 'en')
    expect(text).toMatchObject({ lang: 'en', headline: 'Leave', next_step: 'Go to the car park.' })
    expect(text.responses.map((r) => r.label)).toEqual(['Understood'])
  })

  it('else as written', () => {
    expect(textOf(alertContent(NOW), 'en')).toMatchObject({ lang: 'de', headline: 'Gebäude räumen' })
    expect(textOf(alertContent(NOW, { info }), 'de')).toMatchObject({ lang: 'de', headline: 'Gebäude räumen' })
  })

  it('of an answer are never taken from where nobody wrote them', () => {
    const responses = [{ key: 'constructor', label: 'Ja', meaning: 'safe' as const }]
    expect(textOf(alertContent(NOW, { info, responses }), 'en').responses[0]?.label).toBe('Ja')
  })
})

describe('ALERT-7 as text', () => {
  const body = (changes: Partial<AlertContent>) => alertMessage(alertContent(NOW, changes), uuidOf(1))['body']

  it('an alert has its word, headline, instruction and next step', () => {
    expect(body({})).toBe(
      'SCHWERWIEGEND · Gebäude räumen\n\nVerlassen Sie das Gebäude.\n\nNächster Schritt: Gehen Sie zum Sammelplatz.',
    )
    expect(body({ instruction: '' })).not.toContain('\n\n\n')
  })

  it('a drill says so first', () => {
    expect(body({ status: 'Exercise' })).toMatch(/^\[ÜBUNG\] SCHWERWIEGEND · /)
    expect(body({ status: 'Test' })).toMatch(/^\[ÜBUNG\] /)
  })

  it('severities, a withdrawal and an all-clear begin with words of their own', () => {
    const severe = SEVERITIES.map((severity) => body({ severity }))
    const words = [...severe, body({ msg_type: 'Cancel' }), body({ msg_type: 'AllClear' })]
    expect(new Set(words.map((w) => String(w).split(' · ')[0])).size).toBe(6)
  })

  it('the message carries the alert and its client id', () => {
    expect(alertMessage(alertContent(NOW), uuidOf(1))).toMatchObject({
      msgtype: 'm.text',
      [TYPE.alert]: alertContent(NOW),
      [TYPE.clientId]: uuidOf(1),
    })
  })

  it.each(['ü', '漢', '🧯'])(
    'in four languages, and as long as it may be, it is an event that homeservers take: %s',
    (char) => {
      const full = (length: number) => char.repeat(length / char.length)
      const { headline, instruction, next_step, label } = LIMITS
      const texts = { headline: full(headline), instruction: full(instruction), next_step: full(next_step) }
      const keys = ['1', '2', '3', '4', '5', '6']
      const responses = keys.map((key) => ({ key, label: full(label), meaning: 'acknowledged' as const }))
      const labels = Object.fromEntries(keys.map((key) => [key, full(label)]))
      const rooms = Array.from({ length: 50 }, (_, i) => `!${'r'.repeat(42)}${i}` as const)
      const info = ['en', 'tr', 'ar'].map((lang) => ({ lang, ...texts, responses: labels }))
      const longest = alertContent(NOW, { ...texts, responses, info, audience: { label: 'Alle', rooms } })
      expect(parse(alertSchema, longest).ok).toBe(true)
      const bytes = new TextEncoder().encode(JSON.stringify(alertMessage(longest, uuidOf(1)))).length
      // Of the 64 KiB of an event; the rest is for what homeservers add.
      expect(bytes).toBeLessThan(48 * 1024)
    },
  )
})

it.each([
  ['ALERT-8 without a next step', { next_step: ' ' }],
  ['of another version', { v: 2 }],
  ['with a revision below zero', { rev: -1 }],
  [
    'with seven answers',
    { responses: Array.from({ length: 7 }, (_, i) => ({ key: `${i}`, label: 'x', meaning: 'safe' })) },
  ],
  ['with a headline that is too long', { headline: 'x'.repeat(121) }],
])('%s it is not an alert', (_why, changes) => {
  expect(parse(alertSchema, { ...alertContent(NOW), ...changes }).ok).toBe(false)
})

it('ALERT-1 creators of a room of version 12 may send alerts', () => {
  const create = state('m.room.create', { room_version: '12' }, { sender: '@bot:a.example' })
  const sent = event('m.room.message', { [TYPE.alert]: alertContent(NOW) }, { sender: '@bot:a.example' })
  expect(readAlert(room('alert', [levels(), create]), sent)).not.toBeNull()
})
