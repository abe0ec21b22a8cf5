import { describe, expect, it } from 'vitest'
import { RINGING } from '../../../src/core/duty.ts'
import type { Job } from '../../../src/server/push/sender.ts'
import type { RegisteredDevice } from '../../../src/server/devices/register.ts'
import { ALERT_ID, ALL, person, UNIT } from '../../fakes/agency.ts'
import { settled } from '../../fakes/manual-clock.ts'
import { createPhone } from '../../fakes/phone.ts'
import { EVERYBODY, PATIENCE, ringingRelays as world } from '../../fakes/ringing-relays.ts'

const OTHER = '0198aaaa-0000-7000-8000-000000000002'

describe('PUSH-1 which of three relays rings', () => {
  it('that of the sender’s site; the others consider it done', async () => {
    const { send, look, rung, clock } = await world()
    send({}, ALL, '@chief:b.example')
    await look()
    await clock.advance(2 * PATIENCE)
    await look()
    expect(rung()).toEqual({ a: [], b: EVERYBODY, c: [] })
  })

  it('the next one at once when the first is silent', async () => {
    const { send, look, rung, dead, clock } = await world()
    dead.add('a')
    send()
    await look()
    await clock.advance(2 * PATIENCE)
    expect(rung()).toEqual({ a: [], b: EVERYBODY, c: [] })
  })

  it('the next one after its patience when the first answers and does nothing', async () => {
    const { send, relays, rung, clock } = await world()
    send()
    await relays['b']!.look()
    await clock.advance(PATIENCE - 1)
    expect(rung()['b']).toEqual([])
    await clock.advance(1)
    expect(rung()['b']).toEqual(EVERYBODY)
  })

  it('the third when both before it are silent', async () => {
    const { send, look, rung, dead } = await world()
    dead.add('a').add('b')
    send()
    await look()
    expect(rung()).toEqual({ a: [], b: [], c: EVERYBODY })
  })

  it('not the first one again when its site comes back', async () => {
    const { send, look, rung, dead } = await world()
    dead.add('a')
    send()
    await look()
    dead.delete('a')
    await look()
    expect(rung()).toEqual({ a: [], b: EVERYBODY, c: [] })
  })

  it('rings for each revision', async () => {
    const { send, look, relays, sentOf, clock } = await world()
    send()
    await look()
    send({ rev: 1, msg_type: 'AllClear' })
    await look()
    expect(relays['a']!.jobs).toHaveLength(4)
    expect(sentOf('a').list(clock.now())).toEqual([ALERT_ID, `${ALERT_ID}.1`])
  })
})

describe('PUSH-19 two managers write the same revision', () => {
  const both = async () => {
    const here = await world()
    here.send({ rev: 1, headline: 'Gebäude verlassen' })
    await here.look()
    here.send({ rev: 1, headline: 'Im Gebäude bleiben' }, ALL, '@chief:b.example')
    await here.look()
    return here
  }
  const titles = (jobs: Job[]) => jobs.map((job) => JSON.parse(job.message.payload).notification.title as string)

  it('and both ring, by the relay that has rung the first of them', async () => {
    const { relays, look, clock, sentOf } = await both()
    await clock.advance(2 * PATIENCE)
    await look()
    const [one, other] = ['SCHWERWIEGEND · Gebäude verlassen', 'SCHWERWIEGEND · Im Gebäude bleiben']
    expect(titles(relays['a']!.jobs)).toEqual([one, one, other, other])
    expect(relays['b']!.jobs).toEqual([])
    expect(sentOf('a').list(clock.now())).toEqual([`${ALERT_ID}.1`])
  })

  it('and after a restart those who have not been rung with the one that counts', async () => {
    const { relays, start, sentOf, clock } = await both()
    for (const job of relays['a']!.jobs.filter((j) => j.device.person === 'anna')) job.done('taken')
    relays['a']!.jobs[1]!.done('taken')
    // What is done with outlives the tidying of the log.
    sentOf('a').forget(clock.now())
    const again = start('a')
    await again.look()
    expect(again.rung()).toEqual(['ben'])
  })

  it('but a copy in another room rings nobody again, nor a failover that two relays declare at once', async () => {
    const { send, look, relays, clock } = await world()
    const copies = { rev: 1, effective: clock.now() }
    send(copies)
    send({ id: OTHER, kind: 'failover' })
    await look()
    await clock.advance(1_000)
    send(copies, ALL, '@chief:b.example')
    send({ id: OTHER, kind: 'failover', audience: { label: 'Alle', rooms: [ALL, UNIT] } }, ALL, '@bot:b.example')
    await look()
    expect(relays['a']!.jobs).toHaveLength(4)
  })
})

describe('PUSH-18 what another relay has rung', () => {
  it('is not rung again when one of its probes is lost', async () => {
    const { send, look, relays, dead, clock } = await world()
    send()
    await look()
    dead.add('a')
    await look()
    await clock.advance(PATIENCE - 1)
    dead.delete('a')
    await look()
    await clock.advance(2 * PATIENCE)
    expect(relays['b']!.rung()).toEqual([])
  })

  it('is rung by the next one if it dies while it may still ring', async () => {
    const { send, look, rung, dead, clock } = await world()
    send()
    await look()
    await clock.advance(RINGING - 1)
    await look()
    dead.add('a')
    await look()
    expect(rung()['b']).toEqual([])
    await clock.advance(PATIENCE)
    expect(rung()).toEqual({ a: EVERYBODY, b: EVERYBODY, c: [] })
  })

  it('is never rung again after a minute: not when its relay dies, nor when the other starts anew', async () => {
    const { send, look, rung, dead, clock, start, sentOf } = await world()
    send()
    await look()
    await clock.advance(RINGING)
    await look()
    dead.add('a')
    const again = start('b')
    await look()
    await again.look()
    await clock.advance(2 * PATIENCE)
    await look()
    await again.look()
    expect(rung()).toEqual({ a: EVERYBODY, b: [], c: [] })
    expect(again.rung()).toEqual([])
    expect(sentOf('b').list(clock.now())).toEqual([])
  })

  it('is remembered for a day', async () => {
    const { sentOf, clock } = await world()
    sentOf('b').addRungByOthers(ALERT_ID, clock.now())
    sentOf('b').forget(clock.now() + 24 * 3600_000 - 1)
    expect(sentOf('b').isRungByOthers(ALERT_ID)).toBe(true)
    sentOf('b').forget(clock.now() + 24 * 3600_000)
    expect(sentOf('b').isRungByOthers(ALERT_ID)).toBe(false)
  })
})

describe('PUSH-2 when', () => {
  it('an announced alert rings when it is due', async () => {
    const { send, look, rung, clock } = await world()
    send({ effective: clock.now() + 3600_000 })
    await look()
    await clock.advance(3599_999)
    expect(rung()['a']).toEqual([])
    await clock.advance(1)
    expect(rung()['a']).toEqual(EVERYBODY)
  })

  it('ALERT-11 one of a manager whose clock is ahead rings at once', async () => {
    const { send, look, rung, clock } = await world()
    send({ effective: clock.now() + 120_000 })
    await look()
    expect(rung()['a']).toEqual(EVERYBODY)
  })

  it('a test, an expired and an old one ring never', async () => {
    const { send, look, rung, clock } = await world()
    send({ status: 'Test' })
    send({ id: OTHER, expires: clock.now() + 1 })
    send({ id: '0198aaaa-0000-7000-8000-000000000003' })
    await clock.advance(5 * 3600_000)
    await look()
    expect(rung()).toEqual({ a: [], b: [], c: [] })
  })
})

describe('PUSH-4 whom', () => {
  it('everybody in any of its rooms, each device once, also when the rooms get it one after another', async () => {
    const { send, look, relays } = await world()
    send()
    await look()
    send({}, UNIT)
    await look()
    await look()
    expect(relays['a']!.rung()).toEqual(['anna', 'ben', 'cleo'])
  })

  it('after a restart those who have not been rung yet', async () => {
    const { send, look, relays, start } = await world()
    send()
    await look()
    relays['a']!.jobs.find((j) => j.device.person === 'anna')!.done('taken')
    const again = start('a')
    await again.look()
    expect(again.rung()).toEqual(['ben'])
  })

  it('in the language of the device, with the topic of the alert, for four hours', async () => {
    const { send, look, relays, clock } = await world()
    send({ info: [{ lang: 'en', headline: 'Leave', instruction: 'x', next_step: 'Go' }] })
    await look()
    const texts = relays['a']!.jobs.map((j) => JSON.parse(j.message.payload).notification.title)
    expect(texts).toEqual(['SCHWERWIEGEND · Gebäude räumen', 'SEVERE · Leave'])
    const [job] = relays['a']!.jobs
    expect(job?.message.topic).toMatch(/^[A-Za-z0-9_-]{32}$/)
    expect(job?.deadline).toBe(clock.now() + 4 * 3600_000)
  })

  it('PUSH-8 loud but for the lowest severity', async () => {
    for (const [severity, urgency] of [
      ['Extreme', 'high'],
      ['Severe', 'high'],
      ['Moderate', 'high'],
      ['Minor', 'normal'],
    ] as const) {
      const { send, look, relays } = await world()
      send({ severity })
      await look()
      expect(relays['a']!.jobs[0]?.message.urgency).toBe(urgency)
    }
  })
})

it('the sent log is kept a day', async () => {
  const { send, look, sentOf, clock } = await world()
  send()
  await look()
  await clock.advance(24 * 3600_000 - 1)
  expect(sentOf('a').list(clock.now())).toEqual([ALERT_ID])
  await clock.advance(1)
  expect(sentOf('a').list(clock.now())).toEqual([])
  sentOf('a').forget(clock.now())
  expect(sentOf('a').has(ALERT_ID)).toBe(false)
})

it('PUSH-7 who answers on another device is no longer waited for; who had answered an earlier revision is', async () => {
  const { send, relays, answered } = await world()
  send()
  await relays['a']!.look()
  const [anna, ben] = relays['a']!.jobs
  expect([anna!.wanted!(), ben!.wanted!()]).toEqual([true, true])
  answered.add(anna!.device.person)
  expect([anna!.wanted!(), ben!.wanted!()]).toEqual([false, true])
  send({ rev: 1, msg_type: 'Update' })
  await relays['a']!.look()
  expect(relays['a']!.jobs.slice(2).map((job) => job.wanted!())).toEqual([true, true])
})

describe('PUSH-30 a phone that registers while an alert rings', () => {
  const setUp = async () => {
    const here = await world()
    here.send()
    await here.look()
    const relay = here.relays['a']!
    const [anna, ben] = relay.jobs.map((job) => job.device)
    /** With a subscription of its own, at the relay that rings. */
    const registerAs = async (id: string, name: string) => {
      const entry = {
        id,
        person: person(name),
        seen: 2,
        device: createPhone(`https://fcm.googleapis.com/${id}2`).device,
      }
      await here.register.put(entry)
      relay.registered(entry)
      await settled()
    }
    const endpoints = () => relay.jobs.slice(2).map((job) => job.device.device.subscription.endpoint.split('/').at(-1))
    /** The push service knows the subscription of the phone no more. */
    const gone = async (phone: RegisteredDevice) => {
      const { endpoint } = phone.device.subscription
      await here.register.forget(phone.id, endpoint)
      relay.jobs.find((job) => job.device.device.subscription.endpoint === endpoint)!.done('gone')
      await settled()
    }
    return { ...here, relay, anna: anna!, ben: ben!, registerAs, endpoints, gone }
  }

  it('rings there when its subscription had ended, once', async () => {
    const { gone, anna, registerAs, endpoints } = await setUp()
    await gone(anna)
    expect(endpoints()).toEqual([])
    await registerAs('phone-anna', 'anna')
    await registerAs('phone-anna', 'anna')
    expect(endpoints()).toEqual(['phone-anna2'])
  })

  it('also when it registers before the push service has said so', async () => {
    const { gone, anna, registerAs, endpoints } = await setUp()
    await registerAs('phone-anna', 'anna')
    expect(endpoints()).toEqual([])
    await gone(anna)
    expect(endpoints()).toEqual(['phone-anna2'])
  })

  it('rings a phone that no relay knew, of a person whom the alert is for', async () => {
    const { registerAs, endpoints } = await setUp()
    await registerAs('new-phone', 'anna')
    await registerAs('stranger', 'cleo')
    expect(endpoints()).toEqual(['new-phone2'])
  })

  it('not when its person has answered, nor for what is over', async () => {
    const { registerAs, endpoints, answered, send, look } = await setUp()
    answered.add(person('anna'))
    await registerAs('new-phone', 'anna')
    send({ id: OTHER, status: 'Test' })
    await look()
    await registerAs('new-phone', 'anna')
    expect(endpoints()).toEqual([])
  })

  it('not by a relay that leaves the ringing to another', async () => {
    const { relays, registerAs } = await setUp()
    await registerAs('new-phone', 'anna')
    relays['b']!.registered({
      id: 'new-phone',
      person: person('anna'),
      seen: 2,
      device: createPhone('https://fcm.googleapis.com/x').device,
    })
    expect(relays['b']!.rung()).toEqual([])
  })
})
