import { describe, expect, it } from 'vitest'
import {
  answers,
  fateOf,
  offered,
  readNotice,
  receipt,
  ringing,
  takesAnswers,
  type AlertStands,
  type GivenAnswer,
  type Notice,
} from '../../../src/core/notice.ts'
import { NOW, revision } from './samples.ts'

const SAFE = { key: 'safe', label: 'Bin in Sicherheit', meaning: 'safe' } as const
const COMING = { key: 'coming', label: 'Bin unterwegs', meaning: 'coming' } as const
const HELP = { key: 'help', label: 'Brauche Hilfe', meaning: 'need_help' } as const
const responses = [SAFE, COMING, HELP]
const alert = revision({ responses, info: [] }, { at: NOW })
const given = (more: Partial<GivenAnswer> = {}): GivenAnswer => ({
  response: { alert: alert.content.id, key: 'safe', at: NOW + 5 },
  ...more,
})

describe('NOTICE-1 of the answers a notification offers', () => {
  it.each([
    [0, []],
    [1, [HELP]],
    [2, [SAFE, HELP]],
    [3, responses],
    [9, responses],
  ])('where the browser shows %i', (most, shown) => {
    expect(offered(responses, most)).toEqual(shown)
  })
  it('the first ones, where none asks for help', () => {
    expect(offered([SAFE, COMING], 1)).toEqual([SAFE])
  })
  it("their words in the alert's language, under their keys", () => {
    const info = [{ lang: 'en', headline: 'x', instruction: '', next_step: 'x', responses: { safe: 'I am safe' } }]
    expect(ringing(revision({ responses, info }), 'en', 2).actions).toEqual([
      { action: 'safe', title: 'I am safe' },
      { action: 'help', title: 'Brauche Hilfe' },
    ])
  })
  it.each(['AllClear', 'Cancel'] as const)('none, where it ends the alert: %s', (msg_type) => {
    expect(ringing(revision({ responses, msg_type }), 'de', 2).actions).toBeUndefined()
  })
})

describe('NOTICE-2 an answer is taken', () => {
  it.each([
    ['while the alert is open', {}, 'safe', true],
    ['not with a key of another alert', {}, 'ok', false],
    ['not after its end', { expires: NOW + 10 }, 'safe', false],
    ['not by an all-clear', { msg_type: 'AllClear' }, 'safe', false],
  ] as const)('%s', (_what, more, key, taken) => {
    expect(takesAnswers(revision({ responses, ...more }, { at: NOW }), key, NOW + 20)).toBe(taken)
  })
})

describe('NOTICE-3 the receipt', () => {
  const notice: Notice & { revision: typeof alert } = { navigate: '/alert/1', lang: 'de', revision: alert }
  it.each([
    [given(), 'sending', 'Wird gesendet · Bin in Sicherheit', ''],
    [given(), undefined, 'Noch nicht gesendet · Bin in Sicherheit', 'Wird gesendet, sobald es geht.\n'],
    [given({ refused: true }), undefined, 'Abgelehnt · Bin in Sicherheit', 'Bitte öffnen Sie Notanker.\n'],
  ] as const)('says what became of it: %o %s', (answer, stage, title, more) => {
    const made = receipt(notice, answer, stage)
    expect(made.title).toBe(title)
    expect(made.options).toMatchObject({
      body: more + alert.content.headline,
      tag: alert.content.id,
      silent: true,
      requireInteraction: false,
    })
    expect(made.options.actions).toBeUndefined()
  })
  it('says "registered" with its time, and only where a relay has said so', () => {
    const at = new Date(2026, 10, 24, 9, 5).getTime()
    expect(receipt(notice, given({ registered: { at } })).title).toBe('Registriert um 09:05 · Bin in Sicherheit')
    expect(receipt({ ...notice, lang: 'en' }, given({ registered: { at } })).title).toBe(
      'Registered at 09:05 · Bin in Sicherheit',
    )
  })
  it('bears the mark of a drill', () => {
    const drill = { ...alert, content: { ...alert.content, status: 'Exercise' as const } }
    expect(receipt({ ...notice, revision: drill }, given()).title).toMatch(/^\[ÜBUNG\] Noch nicht/)
    expect(receipt({ ...notice, lang: 'en', revision: drill }, given()).title).toMatch(/^\[DRILL\] Not sent yet/)
  })
  it('is read again by whoever deals with it later', () => {
    const { data } = receipt(notice, given()).options
    expect(readNotice(data)).toEqual({ ...notice, stage: 'waiting' })
    expect(readNotice({ ...data, stage: 'from the future' })).toBeNull()
    expect(readNotice({ navigate: '/' })).toEqual({ navigate: '/', lang: 'de' })
  })
})

describe('NOTICE-6 a notification', () => {
  const stands = (more: Partial<AlertStands> = {}): AlertStands[] => [
    { id: alert.content.id, over: false, mine: null, ...more },
  ]
  const asks: Notice = { navigate: '/', lang: 'de', revision: alert }
  const later: Notice = { ...asks, revision: { ...alert, at: NOW + 50 } }
  const allClear: Notice = { ...asks, revision: revision({ msg_type: 'AllClear' }) }
  const registered = given({ registered: { at: NOW + 9 } })
  it.each([
    ['stays while it waits', asks, stands(), true, 'stays'],
    ['goes when it was answered', asks, stands({ mine: given() }), false, 'goes'],
    ['goes when its alert is over', asks, stands({ over: true }), false, 'goes'],
    ['stays when it came after the answer', later, stands({ mine: given() }), true, 'stays'],
    ['stays when it is the news itself', allClear, stands({ over: true, mine: given() }), true, 'stays'],
    ['stays when its alert is not known', asks, [], true, 'stays'],
    ['stays when it is of no alert', { navigate: '/', lang: 'de' } as Notice, stands({ over: true }), true, 'stays'],
  ] as const)('%s', (_what, notice, alerts, looked, fate) => {
    expect(fateOf(notice, alerts, looked)).toBe(fate)
  })
  it.each([
    ['changes when the answer is registered', 'waiting', registered, false, { receipt: registered }],
    ['stays when it says so', 'registered', registered, false, 'stays'],
    ['stays while it is not', 'waiting', given(), false, 'stays'],
    ['goes when somebody looks at the app', 'waiting', given(), true, 'goes'],
  ] as const)('that is a receipt %s', (_what, stage, mine, looked, fate) => {
    expect(fateOf({ ...asks, stage }, stands({ mine }), looked)).toEqual(fate)
  })
  it('is answered by what was said since', () => {
    expect(answers(given(), alert)).toBe(true)
    expect(answers(given(), { ...alert, at: NOW + 6 })).toBe(false)
    expect(answers(given({ response: { alert: 'other', key: 'safe', at: NOW + 5 } }), alert)).toBe(false)
  })
})

describe('NOTICE-8 an alert rings', () => {
  it('the longer the more severe it is, and insists in the two highest', () => {
    const all = (['Extreme', 'Severe', 'Moderate', 'Minor'] as const).map((severity) =>
      ringing(revision({ severity }), 'de', 2),
    )
    const lengths = all.map(({ vibrate }) => vibrate!.reduce((sum, ms) => sum + ms, 0))
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a))
    expect(new Set(lengths).size).toBe(4)
    expect(all.map((r) => r.requireInteraction)).toEqual([true, true, false, false])
  })
  it('like the least when it ends', () => {
    expect(ringing(revision({ severity: 'Extreme', msg_type: 'AllClear' }), 'de', 2)).toEqual(
      ringing(revision({ severity: 'Minor', responses: [] }), 'de', 2),
    )
  })
})
