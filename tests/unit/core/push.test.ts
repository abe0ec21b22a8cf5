import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS, type AlertContent, type AlertRevision } from '../../../src/core/alert.ts'
import { cut, MAX_PLAINTEXT, pushOfAlert, pushOfTest, readPush, type Push } from '../../../src/core/push.ts'
import { NOW, revision, uuidOf } from './samples.ts'

const APP = 'https://app.example'
const size = (push: Push) => new TextEncoder().encode(JSON.stringify(push)).length
const charactersOf = (text: string) => [...new Intl.Segmenter('de').segment(text)].map((s) => s.segment)
const contentOf = (push: Push): AlertContent => {
  const own = push['de.notanker']
  if (own.kind !== 'alert') throw new Error('no alert')
  return own.revision.content
}

describe('PUSH-3 a text that is cut', () => {
  const text = fc
    .oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom('🧯', '👩🏽‍🚒', '🇩🇪', 'o\u0308', 'ß', 'Haus', ' ')))
    .map((t) => (typeof t === 'string' ? t : t.join('')))

  it('has at most so many units, begins as it was and never ends within a character', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 60 }), (whole, max) => {
        const short = cut(whole, max)
        expect(short.length).toBeLessThanOrEqual(Math.max(max, 0))
        expect(short === whole || max === 0 || short.endsWith('…')).toBe(true)
        expect(whole.startsWith(short.replace(/…$/, '')) || short === whole).toBe(true)
        expect(short.isWellFormed()).toBe(true)
        const kept = charactersOf(short === whole ? whole : short.slice(0, -1))
        expect(charactersOf(whole).slice(0, kept.length)).toEqual(kept)
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
    ['Feuerwehr 👩🏽‍🚒', 14, 'Feuerwehr…'],
    ['👩🏽‍🚒👩🏽‍🚒', 12, '👩🏽‍🚒…'],
    ['🇩🇪🇦🇹', 6, '🇩🇪…'],
    ['Ko\u0308ln', 3, 'K…'],
    ['غادروا المبنى فورًا', 14, 'غادروا المبنى…'],
    ['צאו מהבניין', 10, 'צאו מהבני…'],
    ['x', 0, ''],
  ])('%s to %i: %s', (whole, max, short) => {
    expect(cut(whole, max)).toBe(short)
  })
})

describe('PUSH-3 a push is at most 3,993 bytes', () => {
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

  /** An alert whose whole push has exactly so many bytes, with nothing in it for anybody else. */
  const ofSize = (bytes: number) => {
    const of = (instruction: string) => revision({ instruction, audience: { label: 'Alle', rooms: [] } })
    const room = bytes - size(pushOfAlert(APP, of(''), 'de'))
    return of('ü'.repeat(room - 1900) + 'x'.repeat(3800 - room))
  }

  it('one at the limit goes whole, one byte more is cut', () => {
    const full = ofSize(MAX_PLAINTEXT)
    expect(contentOf(pushOfAlert(APP, full, 'de'))).toEqual(full.content)
    const over = contentOf(pushOfAlert(APP, ofSize(MAX_PLAINTEXT + 1), 'de'))
    expect(over.instruction).toMatch(/^ü+x+…$/)
  })

  it('and as much of the instruction goes as there is room for', () => {
    const sentences = 'Verlassen Sie das Gebäude über die Treppe. '
    const texts = { instruction: sentences.repeat(46), next_step: 'Ä'.repeat(290), headline: 'Ö'.repeat(110) }
    const push = pushOfAlert(APP, revision({ ...texts, info: [{ lang: 'en', ...texts }] }), 'en')
    expect(size(push)).toBeLessThanOrEqual(MAX_PLAINTEXT)
    expect(size(push)).toBeGreaterThan(MAX_PLAINTEXT - 2 * (sentences.length + 2))
    expect(contentOf(push).instruction).toMatch(/[a-z.]…$/)
  })

  it('an instruction of 10,000 characters is cut to what a phone takes for an alert', () => {
    const push = pushOfAlert(APP, revision({ instruction: 'Räumen Sie. '.repeat(834) }), 'de')
    expect(size(push)).toBeLessThanOrEqual(MAX_PLAINTEXT)
    expect(readPush(JSON.parse(JSON.stringify(push)))).toEqual(push)
    expect(contentOf(push).instruction).toMatch(/^Räumen Sie\. .{1900,}…$/)
  })

  it('of an alert in four languages the reader gets theirs and the one it was written in, and nothing is cut for the others', () => {
    const texts = (word: string) => ({
      headline: word.repeat(5),
      instruction: word.repeat(100),
      next_step: word.repeat(20),
    })
    const info = [
      { lang: 'en', ...texts('Leave. ') },
      { lang: 'tr', ...texts('Çıkın. ') },
      { lang: 'ar', ...texts('غادروا. ') },
    ]
    const written = revision({ ...texts('Räumen. '), info })
    expect(new TextEncoder().encode(JSON.stringify(written.content)).length).toBeGreaterThan(MAX_PLAINTEXT)
    for (const [language, kept] of [['de', []] as const, ['en', [info[0]]] as const]) {
      const push = pushOfAlert(APP, written, language)
      expect(contentOf(push)).toEqual({
        ...written.content,
        info: kept,
        audience: { ...written.content.audience, rooms: [] },
      })
      expect(push.notification.lang).toBe(language)
    }
  })

  it('a text from right to left is cut at its end, which is to the left', () => {
    const arabic = 'غادروا المبنى عبر الدرج ولا تستخدموا المصعد. '
    const push = pushOfAlert(APP, revision({ instruction: arabic.repeat(40) }), 'de')
    const { instruction } = contentOf(push)
    expect(size(push)).toBeLessThanOrEqual(MAX_PLAINTEXT)
    expect(arabic.repeat(40).startsWith(instruction.slice(0, -1))).toBe(true)
    expect(instruction.length).toBeGreaterThan(1000)
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
      title: 'SEVERE · Leave',
      body: 'Next step: Go to the car park.',
      lang: 'en',
      navigate: `${APP}/alert/${revision().content.id}`,
      tag: revision().content.id,
    })
    expect(pushOfAlert(APP, revision(), 'en').notification.body).toMatch(/^Nächster Schritt: /)
  })

  it.each([
    ['de', 'AllClear', '[ÜBUNG] ENTWARNUNG · '],
    ['en', 'AllClear', '[DRILL] ALL CLEAR · '],
    ['de', 'Update', '[ÜBUNG] SCHWERWIEGEND · '],
    ['en', 'Update', '[DRILL] SEVERE · '],
  ] as const)('NOTICE-8 as a drill where it is one: %s %s', (language, msg_type, start) => {
    const drill = revision({ status: 'Exercise', msg_type, info })
    expect(pushOfAlert(APP, drill, language).notification.title.startsWith(start)).toBe(true)
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
