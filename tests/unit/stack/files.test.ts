import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { readDeployment } from '../../../src/core/deployment.ts'
import type { ProvisionSite } from '../../../src/server/provision/index.ts'
import { deploymentOf, writeDeployment } from '../../../src/stack/deployment-file.ts'
import { keepPasswords } from '../../../src/stack/passwords.ts'
import { claimPorts, portsFrom } from '../../../src/stack/ports.ts'
import { freeBase } from '../../support/ports.ts'
import { relayYaml } from '../../../src/stack/relay-process.ts'
import { homeserverYaml, signingKey } from '../../../src/stack/synapse-config.ts'
import { columns } from '../../../src/stack/table.ts'
import { createServer } from 'node:net'

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'stack-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

const sites: ProvisionSite[] = (['a', 'b'] as const).map((id) => ({
  id,
  name: id,
  server_name: `localhost:${portsFrom(8080).sites[id].federation}`,
  homeserver: `http://localhost:${portsFrom(8080).sites[id].client}`,
  registration_shared_secret: 's',
}))

describe('ports', () => {
  it('follow from one base (docs/operate.md)', () => {
    expect(portsFrom(8080)).toEqual({
      app: 8080,
      sites: {
        a: { client: 8181, federation: 8182, relay: 8183 },
        b: { client: 8281, federation: 8282, relay: 8283 },
        c: { client: 8481, federation: 8482, relay: 8483 },
      },
      witness: 8383,
    })
  })

  it('are refused by name when one is taken', async () => {
    const base = await freeBase()
    const taken = createServer().listen(base + 202, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await expect(claimPorts(base, ['a', 'b'])).rejects.toThrow(
      `Port ${base + 202} is taken by another program: choose others with --port N.`,
    )
  })
})

describe('homeserver.yaml', () => {
  const config = parseYaml(
    homeserverYaml({ dir: '/srv/a', server_name: 'localhost:8182', client: 8181, federation: 8182 }),
  ) as Record<string, unknown>

  it('listens for clients and OpenID in the open, for other sites behind TLS, on this machine only', () => {
    expect(config['listeners']).toEqual([
      {
        port: 8181,
        type: 'http',
        tls: false,
        bind_addresses: ['127.0.0.1'],
        resources: [{ names: ['client', 'openid'], compress: true }],
      },
      {
        port: 8182,
        type: 'http',
        tls: true,
        bind_addresses: ['127.0.0.1'],
        resources: [{ names: ['federation'], compress: false }],
      },
    ])
  })

  it('holds no secret itself and tells nobody of us', () => {
    expect(JSON.stringify(config)).not.toMatch(/"(registration_shared_secret|macaroon_secret_key)"/)
    expect(config).toMatchObject({
      report_stats: false,
      enable_metrics: false,
      presence: { enabled: false },
      trusted_key_servers: [],
    })
  })

  it('finds a site that is back within seconds', () => {
    expect(config['federation']).toMatchObject({ destination_max_retry_interval: '20s', client_timeout: '15s' })
  })

  it('has a signing key of 32 bytes in unpadded base64', () => {
    expect(signingKey()).toMatch(/^ed25519 a_[0-9a-f]{4} [A-Za-z0-9+/]{43}\n$/)
  })
})

describe('relay.yaml', () => {
  const common = {
    id: 'a',
    dir: '/d/a',
    keys: '/d/keys',
    port: 8183,
    deployment: '/d/notanker.json',
    monitor: { interval: 1000, misses: 3, recovers: 5, damping: { falls: 3, window: 60_000, hold: 10_000 } },
  }

  it('of a witness names neither homeserver nor keys', () => {
    const file = parseYaml(relayYaml({ ...common, id: 'witness' })) as object
    expect(Object.keys(file).sort()).toEqual(['data', 'deployment', 'id', 'listen', 'monitor'])
  })

  it('of a site names its homeserver, its bot and the shared keys', () => {
    const own = {
      homeserver: 'http://localhost:8181',
      bot: '@notanker:x' as const,
      token_file: '/d/keys/bot-a.token',
      push: { push_hosts: ['localhost:1'] },
    }
    expect(parseYaml(relayYaml({ ...common, site: own }))).toMatchObject({
      homeserver: 'http://localhost:8181',
      bot: { user: '@notanker:x', token_file: '/d/keys/bot-a.token' },
      vapid: { key_file: '/d/keys/vapid.json' },
      session_key_file: '/d/keys/session.key',
      push_hosts: ['localhost:1'],
    })
  })
})

describe('the deployment file', () => {
  const parts = {
    agency: { name: 'Amt', short: 'A' },
    ports: portsFrom(8080),
    sites,
    space: '!s' as const,
    vapid_public_key: 'k',
    failover: { mode: 'automatic' as const },
  }

  it('is one that core reads', () => {
    const file = readDeployment(JSON.stringify({ ...deploymentOf(parts), serial: 1 }))
    expect(file).toMatchObject({ ok: true, value: { monitors: [{ id: 'a' }, { id: 'b' }, { id: 'witness' }] } })
  })

  it('raises its serial when it changes, and only then', async () => {
    const file = join(await folder(), 'notanker.json')
    const serial = async (mode: 'automatic' | 'confirm') =>
      (await writeDeployment(file, deploymentOf({ ...parts, failover: { mode } }))).serial
    expect([
      await serial('automatic'),
      await serial('automatic'),
      await serial('confirm'),
      await serial('confirm'),
    ]).toEqual([1, 1, 2, 2])
    expect(readDeployment(await readFile(file, 'utf8'))).toMatchObject({ ok: true, value: { serial: 2 } })
  })
})

it('keeps passwords once made, for their owner only', async () => {
  const file = join(await folder(), 'keys', 'passwords.json')
  const first = await keepPasswords(file, ['mia'])
  const second = await keepPasswords(file, ['mia', 'sam'])
  expect(second['mia']).toBe(first['mia'])
  expect(second['sam']).toMatch(/^[A-Z][a-z]+-[A-Z][a-z]+-\d{4}$/)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

it('aligns columns', () => {
  expect(
    columns([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
  ).toEqual(['a    bb', 'ccc  d'])
})
