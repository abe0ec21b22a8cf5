/**
 * Where connections to push services may lead: to public addresses only, whatever a name resolves to (PUSH-5). A name is
 * resolved once for each connection, which then goes to what was checked: nothing can change in between ("DNS rebinding").
 */
import { lookup, type LookupAddress } from 'node:dns'
import { BlockList, isIPv4, type LookupFunction } from 'node:net'

/** Special-purpose blocks of IPv4 (RFC 6890 and IANA's registry), multicast and the reserved rest. */
const INNER_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]
/** Within 2000::/3, the only block of IPv6 that is given out: Teredo and its neighbours, documentation, 6to4. */
const INNER_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']
/** NAT64 (RFC 6052): how a network without IPv4 reaches the IPv4 address in the last 32 bits. */
const NAT64 = '64:ff9b::'

function listOf(...blocks: { family: 'ipv4' | 'ipv6'; cidr: string }[]): BlockList {
  const list = new BlockList()
  for (const { family, cidr } of blocks) {
    const [net = '', prefix] = cidr.split('/')
    list.addSubnet(net, Number(prefix), family)
  }
  return list
}

const v4 = (cidr: string) => ({ family: 'ipv4' as const, cidr })
const v6 = (cidr: string) => ({ family: 'ipv6' as const, cidr })
const throughNat64 = (cidr: string) => {
  const [net, prefix] = cidr.split('/')
  return v6(`${NAT64}${net}/${96 + Number(prefix)}`)
}
const inner = listOf(...INNER_V4.map(v4), ...INNER_V6.map(v6), ...INNER_V4.map(throughNat64))
const given = listOf(v6('2000::/3'), v6(`${NAT64}/96`))

/** Whether everybody on the internet reaches the same host at this address. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !inner.check(address, 'ipv4')
  return given.check(address, 'ipv6') && !inner.check(address, 'ipv6')
}

export type Resolve = (
  hostname: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** For `net.connect`. `exempt`: names that the operator has listed together with a port, so meant as they are. */
export function publicLookup(exempt: ReadonlySet<string>, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, done) =>
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const usable = (error ? [] : found).filter(({ address }) => exempt.has(hostname) || isPublic(address))
      const [first] = usable
      if (!first) return done(error ?? Object.assign(new Error('no public address'), { code: 'ENOTPUBLIC' }), [])
      return options.all ? done(null, usable) : done(null, first.address, first.family)
    })
}
