/**
 * The failures of docs/spec.md ("What happens in each failure"), on two real Synapses, their relays and a witness. All
 * rows are of one pair of sites; each begins when all is well.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { REASON } from '../../src/server/monitor/reasons.ts'
import type { RelayStatus } from '../../src/core/relay.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { device } from '../support/matrix-device.ts'
import { startPhone } from '../support/phone.ts'
import { bodiesOf } from '../support/rest.ts'
import { finds, inUse, openTold, verdict, type Told } from '../support/told.ts'
import { waitFor } from '../support/wait.ts'
import { MONITORS, startWatched, type Watched } from '../support/watched.ts'

/** A full disk is had by a limit of Linux. */
const LIMITS = process.platform === 'linux'
const [PERSON, TEAM] = ['d.aydemir', 'Pforte und Haustechnik']

let world: Watched
let told: Told
beforeAll(async () => {
  world = await startWatched()
  told = await openTold(world)
})
afterAll(() => world?.stop())
beforeEach(() => told.home())

const FAILOVER = ['monitor declares b #1', 'failover #1.0']
const A_DOWN = verdict('down', 'up')
const BOTH_UP = verdict('up', 'up')
/** How long 500 events may take to come in on a busy machine, ms. */
const MISSED = 400_000
/** What the others find where A cannot say anything. */
const BESIDE_A = ['b', 'witness'] as const

describe('what happens in each failure', () => {
  it(
    'SITE-2 SITE-5 SITE-12 a site is killed, and comes back to 500 events that it has missed',
    { timeout: 2 * MISSED },
    async () => {
      await world.running.kill('a')
      await told.says('that A is down', BESIDE_A, A_DOWN)
      await told.says('that people are at B', ['b'], inUse('b'))
      expect(await told.reasons('a/homeserver', BESIDE_A)).toEqual([REASON.refused, REASON.refused])
      await told.holds(FAILOVER, { sites: ['b'], monitors: BESIDE_A })
      const [bots, room] = [{ a: await world.bot('a'), b: await world.bot('b') }, world.room(TEAM)]
      const said = Array.from({ length: 500 }, (_, i) => `Meldung ${i}`)
      for (let i = 0; i < said.length; i += 10) {
        const ten = said.slice(i, i + 10)
        await Promise.all(
          ten.map((body) => bots.b.send(room, 'm.room.message', { msgtype: 'm.text', body }, randomUUID())),
        )
      }
      await world.running.start('a')
      await told.says('that both are up, and people at B', ['a', 'b'], (s) => BOTH_UP(s) && inUse('b')(s))
      const complete = async () => {
        const there = new Set(await bodiesOf(bots.a, room))
        return said.every((body) => there.has(body))
      }
      await waitFor('what A has missed', complete, MISSED)
      await told.holds(FAILOVER)
    },
  )

  it('SITE-2 SITE-5 a site is frozen', async () => {
    await world.running.freeze('a')
    await told.says('that A is down', BESIDE_A, A_DOWN)
    expect(await told.reasons('a/homeserver', BESIDE_A)).toEqual([REASON.silent, REASON.silent])
    await told.says('that people are at B', ['b'], inUse('b'))
    await told.holds(FAILOVER, { sites: ['b'], monitors: BESIDE_A })
    await world.running.thaw('a')
    await told.says('that both are up', MONITORS, BOTH_UP)
    await told.says('that people are at B', ['a'], inUse('b'))
    await told.holds(FAILOVER)
  })

  it.each([
    ['a gateway answers 502 in its place', { kind: 'bad_gateway' }, REASON.status],
    ['its lines lead into a black hole', { kind: 'blackhole' }, REASON.silent],
    ['it answers after the time', { kind: 'slow', latency_ms: 4000 }, REASON.silent],
  ] as const)('SITE-2 SITE-5 %s', async (_what, fault, reason) => {
    world.set(fault, 'a/homeserver')
    await told.says('that A is down', MONITORS, A_DOWN)
    expect(await told.reasons('a/homeserver')).toEqual([reason, reason, reason])
    await told.says('that people are at B', ['a', 'b'], inUse('b'))
    await told.holds(FAILOVER)
  })

  it('SITE-2 a slow answer within the time is good: nobody is moved', async () => {
    world.set({ kind: 'slow', latency_ms: 300 }, 'a/homeserver')
    await world.rounds(MONITORS)
    await told.says('that all is well', MONITORS, BOTH_UP)
    await told.holds([])
  })

  it('SITE-2 its certificate has expired: a new connection fails, and so it is down', async () => {
    world.present('expired')
    await told.says('that A is down', MONITORS, A_DOWN)
    expect(await told.reasons('a/homeserver')).toEqual([REASON.expired, REASON.expired, REASON.expired])
    await told.holds(FAILOVER)
  })

  it.runIf(LIMITS)('SWITCH-2 its disk is full: it answers and takes nothing', async ({ onTestFinished }) => {
    onTestFinished(() => world.emptyDisk('a'))
    world.fillDisk('a')
    await told.says('that A is down', MONITORS, A_DOWN)
    // Busy with its own errors it may be too slow besides.
    for (const reason of await told.reasons('a/homeserver')) expect([REASON.broken, REASON.silent]).toContain(reason)
    // It may have been found too slow before.
    await told.says('so itself', ['a'], finds('a/round_trip', false))
    await told.says('that people are at B', ['b'], inUse('b'))
    await told.holds(FAILOVER, { sites: ['b'] })
    world.emptyDisk('a')
    await told.says('that both are up, and people at B', ['a', 'b'], (s) => BOTH_UP(s) && inUse('b')(s))
    await told.holds(FAILOVER)
  })

  it('SITE-5 its homeserver is dead and its relay alive, which says so itself', async () => {
    await world.running.kill('a', 'homeserver')
    await told.says('that A is down', MONITORS, A_DOWN)
    await told.says('so itself', ['a'], (status) => status.sites['a']?.up === false)
    await told.says('that people are at B', ['b'], inUse('b'))
    await told.holds(FAILOVER, { sites: ['b'] })
  })

  it('SWITCH-1 SWITCH-7 its relay is dead and its homeserver alive: nobody is moved, and the next relay speaks', async () => {
    const others = ['a', 'witness'] as const
    await world.running.kill('b', 'relay')
    await told.says('that the relay of B is dead', others, finds('b/relay', false))
    expect(await told.reasons('b/relay', others)).toEqual([REASON.refused, REASON.refused])
    await told.says('that both are up', others, BOTH_UP)
    await told.holds([], { monitors: others })
    await told.declare('b', { site: 'b', from: 'a' })
    await told.says('that people are at B', ['a'], inUse('b'))
    const [words, byHand] = [
      ['manager declares b #1', 'failover #1.0'],
      ['manager declares b', 'failover #1.0'],
    ]
    await told.holds(words, { byHand, monitors: others })
    await world.running.start('b')
    await told.says('that people are at B', ['b'], inUse('b'))
    await told.holds(words, { byHand })
  })

  it('SWITCH-8 a cut between the sites only: each calls the other down, nobody has a majority', async () => {
    const cut = { kind: 'blackhole' } as const
    world.cutFederation()
    for (const place of ['homeserver', 'relay'] as const) {
      world.set(cut, `a/${place}`, ['b'])
      world.set(cut, `b/${place}`, ['a'])
    }
    await told.says('that B is down', ['a'], (status) => status.sites['b']?.up === false)
    await told.says('that A is down', ['b'], (status) => status.sites['a']?.up === false)
    await told.says('that both are up', ['witness'], BOTH_UP)
    await told.says('that nobody knows of B', ['a'], verdict('up', 'unknown'))
    await told.says('that nobody knows of A', ['b'], verdict('unknown', 'up'))
    await told.holds([])
  })

  it('SITE-8 SWITCH-9 a cut between phones and A only: they go on at B, nothing is declared but what a manager declares', async () => {
    const network = await startFaultProxy()
    const { deployment, ports } = world.running
    const door = async (port: number) => `http://127.0.0.1:${await network.door({ host: '127.0.0.1', port })}`
    const [a, b] = deployment.sites
    const { client, relay } = ports.sites.a
    const throughIt = { ...a!, homeserver: await door(client), relay: await door(relay) }
    const app = device()
    const signIn = async (site: typeof throughIt | typeof b) => {
      const signedIn = await app.matrix.signIn(site!, PERSON, world.password(PERSON), null, 'Test')
      return 'failure' in signedIn ? expect.fail(signedIn.failure) : signedIn.account
    }
    const accounts = [await signIn(throughIt), await signIn(b)]
    const phone = await startPhone({ ...deployment, sites: [throughIt, b!] }, accounts, app)
    await waitFor('the phone at A', async () => (await phone.status())?.site === 'a')
    network.set({ kind: 'refuse' })
    await waitFor('the phone at B', async () => (await phone.status())?.site === 'b')
    await phone.say(world.room(TEAM), 'über B')
    await phone.taken()
    const bot = await world.bot('a')
    await waitFor('its word at A', async () => (await bodiesOf(bot, world.room(TEAM))).includes('über B'))
    await told.says('that all is well', MONITORS, BOTH_UP)
    await told.holds([])
    await told.declare('b', { site: 'b' })
    await told.says('that people are at B', ['a', 'b'], inUse('b'))
    const byHand = ['manager declares b', 'failover #1.0']
    await told.holds(['manager declares b #1', 'failover #1.0'], { byHand })
    await network.close()
  })

  it('SWITCH-1 the web host is dead: it is shown, and moves nobody', async () => {
    await told.says('that the web host works', MONITORS, finds('web_host', true))
    await world.killWebHost()
    await told.says('that the web host is dead', MONITORS, finds('web_host', false))
    expect(await told.reasons('web_host')).toEqual([REASON.refused, REASON.refused, REASON.refused])
    await told.says('that all is well', MONITORS, BOTH_UP)
    await told.holds([])
  })

  it('SWITCH-1 SWITCH-14 federation, sign-in and workplace services fail: it is shown with the reason, and moves nobody', async () => {
    const failing = {
      'a/federation': ['Verbindung zu den anderen Standorten', REASON.refused, 'keine Verbindung'],
      'a/sign_in': ['Anmeldung', REASON.status, 'antwortet anders als erwartet'],
      'service/portal': ['Arbeitsplatz', REASON.text, 'antwortet anders als erwartet'],
      'service/telephone': ['Telefon', REASON.refused, 'keine Verbindung'],
      'service/mail': ['E-Mail', REASON.expiring, 'Zertifikat läuft bald ab'],
    } as const
    const all = (ok: boolean) => (status: RelayStatus) => Object.keys(failing).every((id) => finds(id, ok)(status))
    /** What the status page says of each, in a line. */
    const shown = async () => {
      const things = (await world.page('b')).match(/<li>.*?<\/li>/gs) ?? []
      const lines = things.map((thing) => thing.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '))
      return Object.values(failing).map(([title]) => lines.find((line) => line.trim().startsWith(title)))
    }
    const works = Object.values(failing).map(() => expect.stringMatching(/ läuft $/) as string)
    const fails = Object.values(failing).map(([, , why]) => expect.stringMatching(`${why} .* gestört $`) as string)
    await told.says('that all of it works', MONITORS, all(true))
    await world.rounds(MONITORS)
    expect(await shown()).toEqual(works)

    await world.workplace.fail()
    world.set({ kind: 'refuse' }, 'a/federation')
    await told.says('that none of it works', MONITORS, all(false))
    for (const [id, [, reason]] of Object.entries(failing))
      expect(await told.reasons(id), id).toEqual(MONITORS.map(() => reason))
    await told.says('that both sites are up', MONITORS, BOTH_UP)
    await world.rounds(MONITORS)
    expect(await shown()).toEqual(fails)
    await told.holds([])

    await world.heal()
    await told.says('that all of it works again', MONITORS, all(true))
    for (const id of Object.keys(failing)) expect(await told.reasons(id), id).toEqual(MONITORS.map(() => undefined))
    await world.rounds(MONITORS)
    expect(await shown()).toEqual(works)
    await told.holds([])
  })

  it('SWITCH-3 up and down again and again: one incident, and it is up only when it has held', async () => {
    for (let fall = 1; fall <= 3; fall++) {
      world.set({ kind: 'refuse' }, 'a/homeserver')
      await told.says('that A is down', MONITORS, (status) => status.sites['a']?.up === false)
      await world.heal()
      if (fall < 3) await told.says('that A is up', MONITORS, (status) => status.sites['a']?.up === true)
    }
    await told.says('that A answers and is unsteady', MONITORS, ({ sites: { a } }) =>
      Boolean(a?.unsteady && a.up === false && a.checks.homeserver),
    )
    await told.says('that A is up', MONITORS, BOTH_UP)
    await told.holds(FAILOVER)
  })

  it('SWITCH-6 SWITCH-9 a site that answers is closed: people go, and are not sent back when the other one fails', async () => {
    await told.declare('b', { site: 'b', from: 'a', closed: ['a'] })
    await told.says('that people are at B', ['a', 'b'], inUse('b'))
    const [words, byHand] = [
      ['manager declares b #1', 'failover #1.0'],
      ['manager declares b', 'failover #1.0'],
    ]
    await told.holds(words, { byHand })
    world.set({ kind: 'refuse' }, 'b/homeserver')
    await told.says('that B is down', MONITORS, verdict('up', 'down'))
    await told.holds(words, { byHand })
  })

  it('SWITCH-10 a failover was a mistake: a manager corrects it, and its alert is withdrawn', async () => {
    world.set({ kind: 'bad_gateway' }, 'a/homeserver')
    await told.says('that people are at B', ['a', 'b'], inUse('b'))
    await told.holds(FAILOVER)
    await world.heal()
    await told.says('that both are up', MONITORS, BOTH_UP)
    const corrects = (await told.declared())?.['incident']
    await told.declare('b', { site: 'a', from: 'b', corrects })
    await told.says('that people are at A', ['a', 'b'], inUse('a'))
    const byHand = [...FAILOVER, 'manager declares a', 'failover #1.1']
    await told.holds([...FAILOVER, 'manager declares a #2', 'failover #1.1'], { byHand })
  })
})

describe('SWITCH-5 in mode confirm', () => {
  beforeAll(() => world.setFailover({ mode: 'confirm', confirm_within_s: 3600, then: 'automatic' }))

  it('SWITCH-5 the failover is proposed, once, and taken back when A answers again', async () => {
    world.set({ kind: 'refuse' }, 'a/homeserver')
    await told.says('that A is down', MONITORS, A_DOWN)
    const { evidence } = await told.proposal()
    expect(evidence.filter(({ up }) => up === false).length).toBeGreaterThan(MONITORS.length / 2)
    await world.rounds(MONITORS)
    expect(await told.proposals()).toEqual(['open +0'])
    await world.heal()
    await told.says('that A is up', MONITORS, BOTH_UP)
    await waitFor('its end', async () => (await told.proposals()).length > 1)
    await told.holds([])
    expect(await told.proposals()).toEqual(['open +0', 'withdrawn +1'])
  })

  it('SWITCH-5 a manager declares it: one alert, of the incident that was proposed', async () => {
    world.set({ kind: 'refuse' }, 'a/homeserver')
    const { incident } = await told.proposal()
    await told.declare('b', { site: 'b', from: 'a', incident })
    await waitFor('the end of the proposal', async () => (await told.proposals()).length > 1)
    await told.holds(['manager declares b #1', 'failover #1.0'])
    expect(await told.proposals()).toEqual(['open +0', 'declared +1'])
  })

  it('SWITCH-5 nobody answers in time: relays declare, once', async () => {
    await world.setFailover({ mode: 'confirm', confirm_within_s: 1, then: 'automatic' })
    await told.says('that both are up', MONITORS, BOTH_UP)
    world.set({ kind: 'refuse' }, 'a/homeserver')
    await told.says('that people are at B', ['a', 'b'], inUse('b'))
    await waitFor('the end of the proposal', async () => (await told.proposals()).length > 1)
    await told.holds(FAILOVER)
    expect(await told.proposals()).toEqual(['open +0', 'declared +1'])
  })
})

// The last one, for a witness does not come back here.
it('SITE-1 SITE-9 the witness is dead: two of three still agree; all are dead: nobody speaks', async () => {
  await world.setFailover({ mode: 'automatic' })
  process.kill(world.running.describe().witness.pid!, 'SIGKILL')
  await waitFor('the end of the witness', async () => !(await world.status('witness')))
  const rest = ['a', 'b'] as const
  await told.says('that both are up', rest, BOTH_UP)
  world.set({ kind: 'refuse' }, 'a/homeserver')
  await told.says('that A is down', rest, A_DOWN)
  await told.holds(FAILOVER, { monitors: rest })
  await Promise.all(rest.map((site) => world.running.kill(site)))
  expect(await Promise.all(MONITORS.map((monitor) => world.status(monitor)))).toEqual([null, null, null])
  await world.heal()
  await Promise.all(rest.map((site) => world.running.start(site)))
  await told.says('that both are up, and people at B', rest, (s) => BOTH_UP(s) && inUse('b')(s))
  await told.holds(FAILOVER, { monitors: rest })
})
