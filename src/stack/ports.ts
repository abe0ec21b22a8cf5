/** Which port is whose (docs/operate.md, "The demo"). All of them follow from one base, so that demos run side by side. */
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Trouble } from '../server/trouble.ts'

/** Every site that there can be here, in the deployment file's order. */
export const SITE_IDS = ['a', 'b', 'c'] as const
export type DemoSiteId = (typeof SITE_IDS)[number]

export interface SitePorts {
  client: number
  federation: number
  relay: number
}
export interface Ports {
  app: number
  sites: Record<DemoSiteId, SitePorts>
  witness: number
}

export const HIGHEST_BASE = 65_535 - 403

export function portsFrom(base: number): Ports {
  const site = (offset: number): SitePorts => ({
    client: base + offset + 1,
    federation: base + offset + 2,
    relay: base + offset + 3,
  })
  return { app: base, sites: { a: site(100), b: site(200), c: site(400) }, witness: base + 303 }
}

const listOf = ({ app, sites, witness }: Ports, ids: readonly DemoSiteId[]): number[] => [
  app,
  ...ids.map((id) => sites[id]).flatMap((s) => [s.client, s.federation, s.relay]),
  witness,
]

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** `localhost` may mean either of these; somebody else on one of them would get half of our visitors. */
const hasIpv6 = () => Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'))

async function isFree(port: number): Promise<boolean> {
  if (!(await canListen(port, '127.0.0.1'))) return false
  return !hasIpv6() || (await canListen(port, '::1'))
}

/** Those of a deployment of these sites. Throws Trouble that names the first port that something else has. */
export async function claimPorts(base: number, ids: readonly DemoSiteId[]): Promise<Ports> {
  const ports = portsFrom(base)
  for (const port of listOf(ports, ids)) {
    if (!(await isFree(port)))
      throw new Trouble(`Port ${port} is taken by another program: choose others with --port N.`)
  }
  return ports
}
