import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS, type AlertContent, type AlertRevision } from '../../../src/core/alert.ts'
import { cut, MAX_PLAINTEXT, pushOfAlert, pushOfTest, readPush, type Push } from '../../../src/core/push.ts'
import { NOW, revision, uuidOf } from './samples.ts'

const APP = 'https://app.example'
const size = (push: Push) => new TextEncoder().encode(JSON.stringify(push)).length
const contentOf = (push: Push): AlertContent => {
  const own = push['de.notanker']
  if (own.kind !== 'alert') throw new Error('no alert')
  return own.revision.content
}

describe('PUSH-3 a text that is cut', () => {
  const text = fc
    .oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom('🧯', 'ß', 'Haus', ' ')))
    .map((t) => (typeof t === 'string' ? t : t.join('')))

  it('has at most so many units, begins as it was and never ends within a character', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 60 }), (whole, max) => {
        const short = cut(whole, max)
        expect(short.length).toBeLessThanOrEqual(Math.max(max, 0))
        expect(short === whole || max === 0 || short.endsWith('…')).toBe(true)
        expect(whole.startsWith(short.replace(/…$/, '')) || short === whole).toBe(true)
        expect(short.isWellFormed()).toBe(true)
      }),
    )
  })

  it.each([
    ['Verlassen Sie das Gebäude', 20, 'Verlassen Sie das…'],
    ['Verlassen Sie', 13, 'Verlassen Sie'],
    ['Donaudampfschifffahrt', 10, 'Donaudamp…'],
    ['Zu Donaudampfschiffen', 12, 'Zu Donaudam…'],
    ['ab🧯', 3, 'ab…'],
    ['a🧯b', 3, 'a…'],
    ['x', 0, ''],
  ])('%s to %i: %s', (whole, max, short) => {
    expect(cut(whole, max)).toBe(short)
  })
})

describe('PUSH-3 a push is at most 3,992 bytes', () => {
  /** The longest of everything that an alert may hold, of the characters that JSON and UTF-8 make longest. */
  const longest = (char: string): AlertRevision => {
    const full = (length: number) => char.repeat(Math.floor(length / char.length))
    const texts = {
      headline: full(LIMITS.headline),
      instruction: full(LIMITS.instruction),
      next_step: full(LIMITS.next_step),
    }
    const responses = Array.from({ length: 6 }, (_, i) => ({
      key: `${full(30)}${i}`,
      label: full(LIMITS.label),
      meaning: 'acknowledged' as const,
    }))
    const labels = Object.fromEntries(responses.map((r) => [r.key, r.label]))
    return revision(
      {
        ...texts,
        responses,
        msg_type: 'Cancel',
        status: 'Exercise',
        kind: 'switch_back',
        rev: Number.MAX_SAFE_INTEGER,
        effective: Number.MAX_SAFE_INTEGER,
        expires: Number.MAX_SAFE_INTEGER,
        playbook: full(64),
        audience: { label: full(200), rooms: Array.from({ length: 200 }, (_, i) => `!${'r'.repeat(40)}${i}` as const) },
        info: ['en', 'de', 'fr'].map((lang) => ({ lang, ...texts, responses: labels })),
        site: { from: full(16), to: full(16), incident: uuidOf(1) },
      },
      {
        event_id: `$${'"'.repeat(254)}`,
        room_id: `!${'"'.repeat(254)}`,
        sender: `@${'"'.repeat(200)}:${'"'.repeat(53)}`,
        at: Number.MAX_SAFE_INTEGER,
      },
    )
  }

  it.each(['x', 'ü', '"', '\u0001', '🧯', '\ud800', '漢'])('though the alert is full of %j', (char) => {
    for (const language of ['de', 'en'] as const) {
      const push = pushOfAlert('https://notanker.einsehrlangername.example', longest(char), language)
      expect(size(push)).toBeLessThanOrEqual(MAX_PLAINTEXT)
      expect(readPush(JSON.parse(JSON.stringify(push)))).not.toBeNull()
    }
  })

  it('and the next step is not cut before the instruction is gone', () => {
    const text = (max: number) => fc.string({ unit: 'binary', minLength: 1, maxLength: max }).map((t) => `x${t}`)
    const alert = fc.record({ headline: text(110), instruction: text(1900), next_step: text(290) })
    const more = fc.integer({ min: 0, max: 60 })
    fc.assert(
      fc.property(alert, more, (texts, rooms) => {
        const audience = {
          label: 'Alle',
          rooms: Array.from({ length: rooms }, (_, i) => `!${'r'.repeat(40)}${i}` as const),
        }
        const push = pushOfAlert(APP, revision({ ...texts, audience }), 'de')
        const { next_step, instruction } = contentOf(push)
        expect(size(push)).toBeLessThanOrEqual(MAX_PLAINTEXT)
        if (instruction !== '') expect(next_step).toBe(texts.next_step)
      }),
    )
  })

  it('a small alert goes whole', () => {
    const small = revision({ playbook: 'raeumung' })
    expect(contentOf(pushOfAlert(APP, small, 'de'))).toEqual(small.content)
  })
})

describe('a push reads', () => {
  const info = [{ lang: 'en', headline: 'Leave', instruction: '', next_step: 'Go to the car park.' }]

  it("in the reader's language, and opens the alert", () => {
    expect(pushOfAlert(APP, revision({ info }), 'en').notification).toEqual({
      title: 'SCHWERWIEGEND · Leave',
      body: 'Next step: Go to the car park.',
      lang: 'en',
      navigate: `${APP}/alert/${revision().content.id}`,
      tag: revision().content.id,
    })
    expect(pushOfAlert(APP, revision(), 'en').notification.body).toMatch(/^Nächster Schritt: /)
  })

  it('as a drill where it is one', () => {
    expect(pushOfAlert(APP, revision({ status: 'Exercise' }), 'de').notification.title).toMatch(/^\[ÜBUNG\] /)
  })
})

it('PUSH-9 the push of a self-test says when it was sent and comes back whole', () => {
  const push = pushOfTest(APP, uuidOf(1), NOW, 'en')
  expect(readPush(push)).toEqual(push)
  expect(push['de.notanker']).toEqual({ v: 1, kind: 'test', id: uuidOf(1), sent_at: NOW })
  expect(push.notification.title).not.toBe(pushOfTest(APP, uuidOf(1), NOW, 'de').notification.title)
})

it.each([
  ['nothing', undefined],
  ['a text', 'Hallo'],
  ["another app's", { web_push: 8030, notification: { title: 'x', navigate: 'https://x.example' } }],
  ['of a later version', { ...pushOfTest(APP, uuidOf(1), NOW, 'de'), 'de.notanker': { v: 2, kind: 'test' } }],
])('PUSH-10 is none of ours: %s', (_what, input) => {
  expect(readPush(input)).toBeNull()
})
