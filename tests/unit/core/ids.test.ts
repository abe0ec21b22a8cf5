import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { eventId, roomId, timestamp, userId, uuid } from '../../../src/core/ids.ts'
import { uuidFrom } from '../../../src/core/uuid.ts'

describe('Matrix ids', () => {
  const long = 'x'.repeat(254)
  it.each([
    [
      roomId,
      ['!room:a.example', '!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM', `!${long}`],
      ['room', '!', '!a b', `!${long}x`, '!ü', 5],
    ],
    [eventId, ['$1:a.example', '$ab_-'], ['$', '$a\n', '1']],
    [
      userId,
      ['@anna:a.example', '@anna:a.example:8448', '@a.b-c=/+:[::1]:1'],
      ['@anna', 'anna:a.example', '@:a', '@an na:a', `@${long}:a.example`, '@ü:a'],
    ],
    [uuid, ['0198aaaa-0000-7000-8000-000000000001'], ['0198aaaa', '0198aaaa-0000-7000-8000-00000000000g']],
    [timestamp, [0, 1_800_000_000_000], [-1, 0.5, Number.NaN, Infinity, '5', 2 ** 53]],
  ] as const)('%#', (schema, good, bad) => {
    expect(good.filter((id) => !v.is(schema, id))).toEqual([])
    expect(bad.filter((id) => v.is(schema, id))).toEqual([])
  })
})

it('a UUID of any bytes is one, of its version and variant (RFC 9562)', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 40 })
  fc.assert(
    fc.property(bytes, fc.constantFrom(4 as const, 8 as const), (b, version) => {
      const id = uuidFrom(b, version)
      expect(v.is(uuid, id)).toBe(true)
      expect(id).toMatch(new RegExp(`^.{14}${version}.{4}[89ab]`))
    }),
  )
  expect(
    uuidFrom(
      Uint8Array.from({ length: 16 }, (_, i) => i),
      4,
    ),
  ).toBe('00010203-0405-4607-8809-0a0b0c0d0e0f')
})
