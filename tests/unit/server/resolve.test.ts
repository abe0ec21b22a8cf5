import type { LookupAddress } from 'node:dns'
import { describe, expect, it } from 'vitest'
import { isPublic, publicLookup, type Resolve } from '../../../src/server/push/resolve.ts'

describe('PUSH-5 an address is public', () => {
  it.each(['142.250.185.106', '17.57.144.1', '9.255.255.255', '11.0.0.1', '172.15.0.1', '172.32.0.1', '100.63.0.1'])(
    '%s',
    (address) => expect(isPublic(address)).toBe(true),
  )
  it.each(['2a00:1450:4001:812::200a', '2606:4700::1', '64:ff9b::8efa:b96a'])('%s', (address) =>
    expect(isPublic(address)).toBe(true),
  )
})

describe('PUSH-5 an address is not public', () => {
  it.each([
    ['this host', '0.0.0.0'],
    ['private', '10.0.0.1'],
    ['of a carrier', '100.64.0.1'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.0.1'],
    ['link-local, where clouds keep their secrets', '169.254.169.254'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.0.1'],
    ['for benchmarks', '198.18.0.1'],
    ['for examples', '203.0.113.1'],
    ['multicast', '224.0.0.1'],
    ['everybody', '255.255.255.255'],
    ['nothing', '::'],
    ['loopback', '::1'],
    ['loopback, mapped', '::ffff:127.0.0.1'],
    ['private, mapped', '::ffff:a00:1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['private', 'fd00::1'],
    ['multicast', 'ff02::1'],
    ['6to4 of a private one', '2002:a00:1::'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['NAT64 of a private one', '64:ff9b::a00:1'],
    ['NAT64 of its own network', '64:ff9b:1::1'],
    ['for examples', '2001:db8::1'],
    ['no address', 'localhost'],
  ])('%s: %s', (_what, address) => expect(isPublic(address)).toBe(false))
})

describe('PUSH-5 a name is resolved', () => {
  /** Answers in turn, as a name server does whose owner means ill. */
  const resolver = (...answers: string[][]) => {
    let asked = 0
    const resolve: Resolve = (_hostname, _options, done) => {
      const addresses = answers[asked++] ?? []
      done(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    }
    return { resolve, asked: () => asked }
  }
  const look = (resolve: Resolve, all: boolean, exempt: string[] = []) =>
    new Promise<unknown[]>((done) =>
      publicLookup(new Set(exempt), resolve)('push.example', { all }, (...result) => done(result)),
    )

  it('once, and what was checked is what is connected to', async () => {
    const { resolve, asked } = resolver(['17.57.144.1'], ['127.0.0.1'])
    expect(await look(resolve, false)).toEqual([null, '17.57.144.1', 4])
    expect(asked()).toBe(1)
    expect((await look(resolve, false))[0]).toMatchObject({ code: 'ENOTPUBLIC' })
  })

  it('and of several addresses the public ones are left', async () => {
    const mixed = ['10.0.0.1', '17.57.144.1', '::1', '2606:4700::1']
    expect(await look(resolver(mixed).resolve, true)).toEqual([
      null,
      [
        { address: '17.57.144.1', family: 4 },
        { address: '2606:4700::1', family: 6 },
      ],
    ])
  })

  it('to whatever it is where the operator has named it with its port', async () => {
    expect(await look(resolver(['10.0.0.1']).resolve, false, ['push.example'])).toEqual([null, '10.0.0.1', 4])
  })

  it('or not at all', async () => {
    const resolve: Resolve = (_hostname, _options, done) => done(Object.assign(new Error(), { code: 'ENOTFOUND' }), [])
    expect((await look(resolve, true))[0]).toMatchObject({ code: 'ENOTFOUND' })
  })
})
