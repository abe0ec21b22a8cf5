import { describe, expect, it } from 'vitest'
import { BEARER_LIFE, sign, verify } from '../../../src/server/http/bearer.ts'
import { person } from '../../fakes/agency.ts'

const key = Buffer.alloc(32, 1)
const claims = { person: person('anna'), device: 'phone', expires: 1_000 + BEARER_LIFE }

describe('RELAY-5 bearer', () => {
  it('is taken by any relay with the same key', () => {
    expect(verify(Buffer.alloc(32, 1), sign(key, claims), 1_000)).toMatchObject(claims)
  })

  it('holds thirty days and not a millisecond longer', () => {
    const bearer = sign(key, claims)
    expect(verify(key, bearer, claims.expires - 1)).not.toBeNull()
    expect(verify(key, bearer, claims.expires)).toBeNull()
  })

  it('does not hold under another key', () => {
    expect(verify(Buffer.alloc(32, 2), sign(key, claims), 0)).toBeNull()
  })

  it('does not hold when person, device or expiry were changed', () => {
    const signature = sign(key, claims).split('.')[1]
    for (const change of [{ person: 'ben' }, { device: 'other' }, { expires: claims.expires + 1 }]) {
      const body = Buffer.from(JSON.stringify({ v: 1, ...claims, ...change })).toString('base64url')
      expect(verify(key, `${body}.${signature}`, 0)).toBeNull()
    }
  })

  it('is refused when it is no bearer at all', () => {
    for (const text of ['', '.', 'x', 'x.y', 'a.b.c', `${sign(key, claims)}x`, `${sign(key, claims)}.`]) {
      expect(verify(key, text, 0)).toBeNull()
    }
  })

  it('is refused when what was signed is none of ours', () => {
    const other = sign(key, { ...claims, person: person('') })
    expect(verify(key, other, 0)).toBeNull()
  })
})
