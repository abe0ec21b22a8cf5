/** Where this device is rung, as the relays are told. */
import { describe, expect, it } from 'vitest'
import { recall, remember } from '../../../../src/app/memory.ts'
import type { RoomId } from '../../../../src/core/ids.ts'
import { MAX_MUTED, type Device } from '../../../../src/core/relay.ts'
import { NOW, sampleDeployment, TEAM } from '../../../fakes/sample.ts'
import { revision } from '../../sw/samples.ts'
import { run } from './run.ts'

describe('the device register', () => {
  const subscription = { endpoint: 'https://push.example/1', keys: { p256dh: 'p'.repeat(87), auth: 'a'.repeat(22) } }
  const device = {
    pushState: () => Promise.resolve('subscribed' as const),
    subscription: () => Promise.resolve(subscription),
    subscribe: () => Promise.resolve(subscription),
  }
  const deployment = { ...sampleDeployment(), vapid_public_key: 'key' }
  function relays(dead: string[]) {
    const registered: string[] = []
    const opened: string[] = []
    return {
      registered,
      opened,
      ports: {
        session(url: string, openid: { access_token: string }) {
          opened.push(`${url} ${openid.access_token}`)
          return Promise.resolve(dead.includes(url) ? null : { bearer: `by ${url}`, expires: NOW + 3600_000 })
        },
        registerDevice(url: string, bearer: string) {
          if (dead.includes(url)) return Promise.resolve('failed' as const)
          registered.push(`${url} ${bearer}`)
          return Promise.resolve('registered' as const)
        },
      },
    }
  }

  it('PUSH-16 every relay is told, with the bearer of one', async () => {
    const { registered, ports: fake } = relays([])
    const { ports } = await run({ device, deployment, relays: fake })
    const bearer = 'by https://relay.a.example'
    expect(registered).toEqual([`https://relay.a.example ${bearer}`, `https://relay.b.example ${bearer}`])
    expect(await recall(ports.settings, 'registered')).toMatchObject({ endpoint: subscription.endpoint })
  })

  it('FLEET-1 it says whether it is installed, and when a push last came', async () => {
    const told: Device[] = []
    const fake = {
      ...relays([]).ports,
      registerDevice(_url: string, _bearer: string, _id: string, content: Device) {
        told.push(content)
        return Promise.resolve('registered' as const)
      },
    }
    const test = { id: '0198aaaa-0000-7000-8000-000000000002', sent_at: 1, received_at: 5 }
    const pushed = [{ revision: revision(), received_at: 7 }]
    await run({
      device: { ...device, installed: () => true },
      deployment,
      relays: fake,
      pushed,
      inbox: { lastTest: async () => test },
    })
    expect(told[0]).toMatchObject({ installed: true, proven: 7 })
    await run({ device, deployment, relays: fake })
    expect([told.at(-1)!.installed, 'proven' in told.at(-1)!]).toEqual([false, false])
  })

  it('READY-8 every relay is told of a site that has forgotten the session, at once and one time', async () => {
    const told: string[][] = []
    const fake = {
      ...relays([]).ports,
      registerDevice(_url: string, _bearer: string, _id: string, { expired }: Device) {
        told.push(expired)
        return Promise.resolve('registered' as const)
      },
    }
    const { world, ports, pass } = await run({ device, deployment, relays: fake })
    expect(told).toEqual([[], []])
    world.ended.add('b')
    await ports.settings.set('ask', NOW)
    await pass(2_000)
    expect(told.slice(-2)).toEqual([['b'], ['b']])
    const before = told.length
    await pass(70_000)
    expect(told).toHaveLength(before)
  })

  it('PUSH-16 a dead relay is told when it is back; each relay gets an OpenID token of its own', async () => {
    const dead = ['https://relay.a.example']
    const { registered, opened, ports: fake } = relays(dead)
    const { ports, pass } = await run({ device, deployment, relays: fake })
    expect(new Set(opened.map((line) => line.split(' ')[1])).size).toBe(opened.length)
    expect(await recall(ports.settings, 'registered')).toMatchObject({ relays: ['https://relay.b.example'] })
    dead.length = 0
    await pass(20_000)
    expect(registered.some((line) => line.startsWith('https://relay.a.example'))).toBe(true)
  })

  it('PUSH-32 a subscription that a relay calls ended is made anew, and every relay is told', async () => {
    const told: string[] = []
    let [current, refused] = ['1', '1']
    let stubborn = false
    const fake = {
      ...relays([]).ports,
      registerDevice(url: string, _bearer: string, _id: string, content: Device) {
        const endpoint = content.subscription.endpoint.at(-1)!
        const answer = endpoint === refused && url.includes('.b.') ? ('ended' as const) : ('registered' as const)
        told.push(`${url.slice(14, 15)} ${endpoint} ${answer}`)
        return Promise.resolve(answer)
      },
    }
    const made = () => ({ ...subscription, endpoint: `https://push.example/${current}` })
    const renewing = {
      ...device,
      subscribe: (_key: string, ended?: string) => {
        if (ended === made().endpoint && !stubborn) current = String(Number(current) + 1)
        return Promise.resolve(made())
      },
    }
    const { ports, pass } = await run({ device: renewing, deployment, relays: fake })
    await pass(1_000)
    expect(told).toEqual(['a 1 registered', 'b 1 ended', 'a 2 registered', 'b 2 registered'])
    expect(await recall(ports.settings, 'registered')).toMatchObject({ endpoint: made().endpoint })
    // A browser that gives the same one again asks for no more than one a minute.
    stubborn = true
    refused = '2'
    await remember(ports.settings, 'language', 'en')
    await pass(1_000)
    await pass(1_000)
    const twice = ['a 2 registered', 'b 2 ended', 'a 2 registered', 'b 2 ended']
    expect(told.slice(4)).toEqual(twice)
    await pass(60_000)
    expect(told.slice(8)).toEqual(twice.slice(2))
  })

  it.each([
    ['refused', 0],
    ['failed', 4],
  ] as const)('KEEP-3 a relay that has %s it is asked again within the minute %i times', async (answer, times) => {
    let asked = 0
    const registerDevice = () => Promise.resolve((asked++, answer))
    const { ports, pass } = await run({ device, deployment, relays: { ...relays([]).ports, registerDevice } })
    expect(asked).toBe(2)
    await pass(65_000)
    expect(asked).toBe(2 + 2 * times)
    expect(await recall(ports.settings, 'registered')).toBeNull()
  })

  it('PUSH-28 every relay is told of a room that was muted, at once', async () => {
    const told: string[][] = []
    const fake = {
      ...relays([]).ports,
      registerDevice(_url: string, _bearer: string, _id: string, { muted }: Device) {
        told.push(muted)
        return Promise.resolve('registered' as const)
      },
    }
    const { ports, pass } = await run({ device, deployment, relays: fake })
    expect(told).toEqual([[], []])
    await remember(ports.settings, 'muted', [TEAM!])
    await pass(100)
    expect(told.slice(2)).toEqual([[TEAM], [TEAM]])
    // A relay that takes no more must not be kept from ringing for alerts.
    const many = Array.from({ length: MAX_MUTED + 1 }, (_, i): RoomId => `!${i}`)
    await remember(ports.settings, 'muted', many)
    await pass(100)
    expect(told.at(-1)).toEqual(many.slice(1))
  })
})

it('PUSH-17 a subscription that could not be made anew is tried again', async () => {
  const subscription = { endpoint: 'https://push.example/1', keys: { p256dh: 'p'.repeat(87), auth: 'a'.repeat(22) } }
  const registered: string[] = []
  let made: typeof subscription | null = null
  const { pass } = await run({
    deployment: { ...sampleDeployment(), vapid_public_key: 'key' },
    device: { pushState: () => Promise.resolve('no_subscription'), subscribe: () => Promise.resolve(made) },
    relays: {
      session: () => Promise.resolve({ bearer: 'b', expires: NOW * 2 }),
      registerDevice: (url) => Promise.resolve(registered.push(url)).then(() => 'registered' as const),
    },
  })
  expect(registered).toEqual([])
  made = subscription
  await pass(60_000)
  expect(registered).toEqual(['https://relay.a.example', 'https://relay.b.example'])
})
