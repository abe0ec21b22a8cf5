import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { SCHEDULES } from '../../../src/core/repeating.ts'
import { loadConfig, PUSH_HOSTS } from '../../../src/server/config.ts'
import { openDeployment } from '../../../src/server/deployment-file.ts'
import { keyless, refusal } from '../../../src/server/relay.ts'
import { Trouble } from '../../../src/server/trouble.ts'
import { deploymentOf, silentLog } from '../../fakes/agency.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'notanker-config-'))
  mkdirSync(join(dir, 'keys'))
  writeFileSync(join(dir, 'keys', 'vapid.json'), JSON.stringify({ publicKey: 'abc', privateKey: 'def' }))
  writeFileSync(join(dir, 'keys', 'session.key'), `${'0a'.repeat(32)}\n`)
  writeFileSync(join(dir, 'token'), 'syt_secret\n')
})
afterEach(() => rmSync(dir, { recursive: true }))

const RELAY = {
  id: 'a',
  listen: '127.0.0.1:8183',
  deployment: 'notanker.json',
  homeserver: 'http://localhost:8008/',
  bot: { user: '@notanker:a.example', token_file: 'token' },
  vapid: { subject: 'mailto:it@example.org', key_file: 'keys/vapid.json' },
  session_key_file: 'keys/session.key',
  data: 'data',
  monitor: { interval: 2000, misses: 3, recovers: 5 },
}

function load(changes: object = {}) {
  const file = join(dir, 'relay.yaml')
  writeFileSync(file, stringify({ ...RELAY, ...changes }))
  return loadConfig(file)
}

describe('relay.yaml', () => {
  it('names its files relative to itself', () => {
    expect(load()).toMatchObject({
      id: 'a',
      listen: { hostname: '127.0.0.1', port: 8183 },
      deployment: join(dir, 'notanker.json'),
      data: join(dir, 'data'),
      site: {
        homeserver: 'http://localhost:8008',
        bot: { user: '@notanker:a.example', token: 'syt_secret' },
        vapid: { keys: [{ publicKey: 'abc', privateKey: 'def' }] },
        sessionKey: Buffer.alloc(32, 10),
        pushHosts: PUSH_HOSTS,
        schedules: SCHEDULES,
        webhook: null,
        keepDays: 60,
        patience: 15_000,
      },
    })
  })

  it('PUSH-21 says how often it rings again, severity by severity, and PUSH-23 who is told then', () => {
    const { site } = load({
      repeat: { Severe: { every: 60_000, for: 120_000, webhook: true }, Extreme: 'never' },
      webhook: { url: 'https://sms.example/hook/', secret_file: 'keys/session.key' },
    })
    expect(site?.schedules).toEqual({
      ...SCHEDULES,
      Severe: { every: 60_000, for: 120_000, webhook: true },
      Extreme: null,
    })
    expect(site?.webhook).toEqual({ url: 'https://sms.example/hook/', secret: Buffer.alloc(32, 10) })
  })

  it('RELAY-2 without a homeserver is a witness', () => {
    expect(load({ homeserver: undefined, bot: undefined, vapid: undefined }).site).toBeNull()
  })

  it.each([
    [{ id: 'UPPER' }, 'id: '],
    [{ listen: '8183' }, 'listen: must be host:port'],
    [{ monitor: { interval: 'x', misses: 3, recovers: 5 } }, 'monitor.interval: '],
    [{ monitor: undefined }, 'monitor: '],
    [{ bot: undefined }, 'bot: is missing'],
    [{ vapid: undefined }, 'vapid: is missing'],
    [{ session_key_file: undefined }, 'session_key_file: is missing'],
    [{ session_key_file: 'token' }, 'session_key_file: needs 32 bytes'],
    [{ bot: { user: '@x:y', token_file: 'nowhere' } }, 'bot.token_file: cannot read'],
    [{ vapid: { subject: 'me', key_file: 'keys/vapid.json' } }, 'vapid.subject: '],
    [{ vapid: { subject: 'mailto:x', key_file: 'token' } }, 'vapid.key_file: no JSON'],
    [{ push_hosts: ['a b'] }, 'push_hosts.0: no host'],
    [{ repeat: { Severe: { every: 1, for: 60_000 } } }, 'repeat.Severe'],
    [{ repeat: { Severe: { every: 60_000, for: 99 * 3600_000 } } }, 'repeat.Severe'],
    [{ webhook: { url: 'http://sms.example/', secret_file: 'keys/session.key' } }, 'webhook.url: must be https'],
    [{ webhook: { url: 'https://sms.example/', secret_file: 'token' } }, 'webhook.secret_file: needs 32 bytes'],
    [{ retention: { days: 13 } }, 'retention.days: '],
    [{ moniter: {} }, 'moniter: '],
  ])('RELAY-1 a broken one is one sentence that names the field: %j', (changes, sentence) => {
    expect(() => load(changes)).toThrow(Trouble)
    expect(() => load(changes)).toThrow(`relay.yaml: ${sentence}`)
  })

  it('RELAY-1 so is one that is not there or no YAML', () => {
    expect(() => loadConfig(join(dir, 'none.yaml'))).toThrow(/none\.yaml: file: cannot read/)
    writeFileSync(join(dir, 'x.yaml'), 'a: [')
    expect(() => loadConfig(join(dir, 'x.yaml'))).toThrow(/x\.yaml: no YAML: /)
  })
})

describe('RELAY-13 the deployment file', () => {
  const path = () => join(dir, 'notanker.json')
  let stamp = 1_000
  const write = (content: unknown) => {
    writeFileSync(path(), typeof content === 'string' ? content : JSON.stringify(content))
    utimesSync(path(), (stamp += 10), stamp)
  }
  const open = (clock: ManualClock) => openDeployment(path(), () => null, clock, silentLog)

  it('is taken over within a minute when its serial has risen', async () => {
    const clock = new ManualClock()
    write(deploymentOf())
    const file = open(clock)
    write(deploymentOf(['a', 'b'], { serial: 2, app: 'https://new.example' }))
    await clock.advance(60_000)
    expect(file.current()).toMatchObject({ serial: 2, app: 'https://new.example' })
    file.stop()
    expect(clock.pending()).toBe(0)
  })

  it('stays as it was when the new one is older, broken or gone', async () => {
    const clock = new ManualClock()
    write(deploymentOf(['a', 'b'], { serial: 5 }))
    const file = open(clock)
    for (const content of [deploymentOf(['a', 'b'], { serial: 4 }), '{', { v: 1 }]) {
      write(content)
      await clock.advance(60_000)
      expect(file.current().serial).toBe(5)
    }
    rmSync(path())
    await clock.advance(60_000)
    expect(file.current().serial).toBe(5)
    write(deploymentOf(['a', 'b'], { serial: 6 }))
    await clock.advance(60_000)
    expect(file.current().serial).toBe(6)
  })

  it('RELAY-1 must be readable at the start', () => {
    const clock = new ManualClock()
    expect(() => open(clock)).toThrow(/deployment: cannot read/)
    write({ v: 1 })
    expect(() => open(clock)).toThrow(/notanker\.json: serial: /)
  })

  it('SWITCH-15 a refused one changes nothing, says why, and is looked at again', async () => {
    const clock = new ManualClock()
    let reason: string | null = null
    write(deploymentOf())
    const file = openDeployment(path(), () => reason, clock, silentLog)
    reason = 'sites: no'
    write(deploymentOf(['a', 'b'], { serial: 2 }))
    await clock.advance(60_000)
    expect([file.current().serial, file.refused()]).toEqual([1, 'sites: no'])
    reason = null
    await clock.advance(60_000)
    expect([file.current().serial, file.refused()]).toEqual([2, null])
    file.stop()
  })

  it('SWITCH-4 SWITCH-16 must be one that this relay can follow', () => {
    const site = load().site
    const auto = deploymentOf(['a', 'b'], { monitors: [{ id: 'a', url: 'https://relay.a.example' }] })
    expect(refusal({ id: 'a', site }, auto)).toContain('needs three monitors')
    expect(refusal({ id: 'x', site }, deploymentOf())).toContain('"x" is not among them')
    expect(refusal({ id: 'x', site: null }, deploymentOf())).toContain('"x" is not among them')
    expect(refusal({ id: 'witness', site: null }, deploymentOf())).toBeNull()
    write(auto)
    const clock = new ManualClock()
    expect(() => openDeployment(path(), (next) => refusal({ id: 'a', site }, next), clock, silentLog)).toThrow(Trouble)
  })

  it('PUSH-25 must name a VAPID key that this relay has, before it takes the place of another one', () => {
    const { site } = load()
    expect(keyless({ site }, deploymentOf(['a', 'b'], { vapid_public_key: 'abc' }))).toBeNull()
    expect(keyless({ site }, deploymentOf(['a', 'b'], { vapid_public_key: 'new' }))).toContain(
      'vapid_public_key: not among',
    )
    const pairs = JSON.stringify({
      publicKey: 'new',
      privateKey: 'x',
      former: [{ publicKey: 'abc', privateKey: 'def' }],
    })
    writeFileSync(join(dir, 'keys', 'both.json'), pairs)
    const both = load({ vapid: { subject: 'mailto:x', key_file: 'keys/both.json' } })
    expect(both.site?.vapid.keys.map((key) => key.publicKey)).toEqual(['new', 'abc'])
    for (const key of ['new', 'abc'])
      expect(keyless(both, deploymentOf(['a', 'b'], { vapid_public_key: key }))).toBeNull()
    expect(keyless({ site: null }, deploymentOf(['a', 'b'], { vapid_public_key: 'new' }))).toBeNull()
  })

  it('relay.yaml names services to look at', () => {
    const name = { de: 'E-Mail', en: 'Email' }
    const services = [{ id: 'mail', name, url: 'https://mail.example/', status: 200 }]
    expect(load({ services }).services).toMatchObject([
      { id: 'mail', name, target: { status: 200 }, pace: { misses: 3 } },
    ])
    for (const wrong of [
      { id: 'x', name },
      { id: 'x', name, tcp: { host: 'h', port: 1 }, text: 'x' },
    ])
      expect(() => load({ services: [wrong] })).toThrow(/services\.0/)
  })
})
