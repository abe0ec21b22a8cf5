import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { ask } from '../../../src/server/monitor/ask.ts'
import { checksOf, createChecks, type Check } from '../../../src/server/monitor/checks.ts'
import { certificate as probeCertificate, httpProbes, tcp, web } from '../../../src/server/monitor/probe.ts'
import { REASON } from '../../../src/server/monitor/reasons.ts'
import { createRoundTrip, PING } from '../../../src/server/monitor/round-trip.ts'
import { HomeserverError } from '../../../src/server/homeserver.ts'
import { deploymentOf } from '../../fakes/agency.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'
import { makeCertificate } from '../../support/certificate.ts'

const PACE = { interval: 1000, timeout: 100, misses: 2, recovers: 1 }
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A web server on a free port that answers each path in its own way. */
async function serve(): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === '/moved') return response.writeHead(302, { location: '/' }).end()
    if (request.url === '/endless') {
      const more = () => response.write('x'.repeat(65_536), (error) => error || setImmediate(more))
      return more()
    }
    if (request.url === '/gone') return response.writeHead(404).end()
    return response.end('Willkommen')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('SWITCH-1 what is looked at', () => {
  it('a web address by its status and text; a redirect is an answer and is not followed', async () => {
    const base = await serve()
    expect(await web(`${base}/`, 5000, { status: 200, text: 'Willkommen' })).toBeNull()
    expect(await web(`${base}/`, 5000, { text: 'Anmelden' })).toBe(REASON.text)
    expect(await web(`${base}/moved`, 5000)).toBeNull()
    expect(await web(`${base}/moved`, 5000, { status: 200 })).toBe(REASON.status)
    expect(await web(`${base}/gone`, 5000)).toBe(REASON.status)
    expect(await httpProbes.homeserver(base, 5000)).toBe(REASON.text)
  })

  it('an endless body is read up to the limit', async () => {
    const answer = await ask(`${await serve()}/endless`, 20_000, 100_000)
    expect(answer.ok && answer.text.length).toBe(100_000)
  })

  it('a port by whether somebody listens', async () => {
    const base = new URL(await serve())
    expect(await tcp('127.0.0.1', Number(base.port), 5000)).toBeNull()
    await new Promise((resolve) => servers.pop()!.close(resolve))
    expect(await tcp('127.0.0.1', Number(base.port), 5000)).toBe(REASON.refused)
    expect(await web(base.href, 5000)).toBe(REASON.refused)
  })

  describe('a certificate', () => {
    const before = getCACertificates('default')
    afterEach(() => setDefaultCACertificates(before))

    /** Somebody with a certificate that is good for so many days, and what a look at it finds. */
    async function finds(life: number, days: number, trusted = true) {
      const certificate = makeCertificate(life)
      onTestFinished(certificate.remove)
      if (trusted) setDefaultCACertificates([certificate.cert])
      const server = createTlsServer(certificate)
      onTestFinished(() => void server.close())
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return probeCertificate('localhost', (server.address() as AddressInfo).port, days, 5000, Date.now())
    }

    it('that holds for long enough is good', async () => expect(await finds(20, 14)).toBeNull())
    it('that expires soon is named', async () => expect(await finds(2, 14)).toBe(REASON.expiring))
    it('that has expired does not hold', async () => expect(await finds(-1, 0)).toBe(REASON.expired))
    it('that nobody trusts does not hold', async () => expect(await finds(20, 14, false)).toBe(REASON.expired))
    it('where nobody listens is no finding of its own', async () =>
      expect(await probeCertificate('127.0.0.1', 1, 14, 5000, 0)).toBe(REASON.refused))
  })

  it('a web address is asked on a connection of its own each time: what was kept proves nothing', async () => {
    const base = await serve()
    let connections = 0
    servers.at(-1)!.on('connection', () => connections++)
    for (let i = 0; i < 3; i++) expect(await web(base, 5000)).toBeNull()
    expect(connections).toBe(3)
  })

  it('is taken from the deployment file as it is now, and shown with its reason and no address', async () => {
    let now = 0
    let finding: Check['look'] = async () => REASON.silent
    const check: Check = {
      id: 'service/mail',
      kind: 'service',
      name: { de: 'E-Mail', en: 'Email' },
      pace: PACE,
      look: () => finding(1),
    }
    const checks = createChecks(
      () => [check],
      () => now,
    )
    for (; now < 3000; now += 1000) {
      checks.round()
      await checks.settle()
    }
    expect(checks.observed()).toEqual([
      { id: 'service/mail', kind: 'service', name: check.name, ok: false, since: 1000, reason: 'no answer in time' },
    ])
    finding = async () => null
    checks.round()
    await checks.settle()
    expect(checks.observed()[0]).toEqual({
      id: 'service/mail',
      kind: 'service',
      name: check.name,
      ok: true,
      since: 3000,
    })
    const ids = (changes: object) => checksOf(deploymentOf(['a'], changes), [], PACE, () => now).map((c) => c.id)
    const site = { ...deploymentOf(['a']).sites[0], federation: 'https://fed.example', sign_in: 'https://id.example' }
    expect([ids({}), ids({ sites: [site] })]).toEqual([['web_host'], ['a/federation', 'a/sign_in', 'web_host']])
  })
})

describe('SWITCH-2 the round trip', () => {
  function trip(send: () => Promise<void>) {
    const clock = new ManualClock()
    const sent: string[] = []
    const bot = { listens: true }
    const homeserver = {
      device: async () => 'DEV',
      sendToDevice: async (_type: string, _user: string, _device: string, content: object) => {
        await send()
        sent.push((content as { id: string }).id)
      },
    }
    const listens = () => bot.listens
    return { clock, sent, bot, trip: createRoundTrip({ homeserver, user: '@bot:a.example', listens, clock }) }
  }

  it('is good when the message comes back', async () => {
    const { sent, trip: round } = trip(async () => {})
    const look = round.look(100)
    await settled()
    round.heard(PING, { id: sent[0] })
    expect(await look).toBeNull()
  })

  it('fails when it does not', async () => {
    const { clock, trip: round } = trip(async () => {})
    const look = round.look(100)
    await clock.advance(100)
    expect(await look).toBe(REASON.undelivered)
  })

  it('says nothing while the bot does not listen: it starts, or reads a long past', async () => {
    const { clock, bot, trip: round } = trip(async () => {})
    bot.listens = false
    const look = round.look(100)
    await clock.advance(100)
    expect(await look).toBeUndefined()
  })

  it.each([
    [500, REASON.broken],
    [0, REASON.silent],
    [401, undefined],
    [429, undefined],
  ])('status %s says %s', async (status, finding) => {
    const { trip: round } = trip(async () => {
      throw new HomeserverError('PUT', status, {})
    })
    expect(await round.look(100)).toBe(finding)
  })
})
