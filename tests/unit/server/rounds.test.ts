import { describe, expect, it } from 'vitest'
import { RINGING } from '../../../src/core/duty.ts'
import { SCHEDULES } from '../../../src/core/repeating.ts'
import { ALERT_ID, ALL, person } from '../../fakes/agency.ts'
import { EVERYBODY, PATIENCE, ringingRelays as world } from '../../fakes/ringing-relays.ts'

const MINUTE = 60_000

describe('PUSH-21 an alert that nobody answers', () => {
  const repeated = async () => {
    const here = await world({ sites: ['a'], schedules: SCHEDULES })
    here.send()
    await here.look()
    /** Who has been rung since it was last asked. */
    const next = () => {
      const rung = here.relays['a']!.rung()
      here.relays['a']!.jobs.length = 0
      return rung
    }
    next()
    return { ...here, next }
  }

  it('rings again every five minutes for half an hour', async () => {
    const { clock, next } = await repeated()
    await clock.advance(5 * MINUTE - 1)
    expect(next()).toEqual([])
    await clock.advance(1)
    expect(next()).toEqual(EVERYBODY)
    await clock.advance(20 * MINUTE)
    expect(next()).toHaveLength(8)
    await clock.advance(24 * 60 * MINUTE)
    expect(next()).toEqual([])
  })

  it('rings for those only who have not answered', async () => {
    const { clock, next, answered } = await repeated()
    answered.add(person('anna'))
    await clock.advance(5 * MINUTE)
    expect(next()).toEqual(['ben'])
    answered.add(person('ben'))
    await clock.advance(5 * MINUTE)
    expect(next()).toEqual([])
  })

  it('rings no more for who sent it', async () => {
    const here = await world({ sites: ['a'], schedules: SCHEDULES })
    here.send({}, ALL, '@anna:a.example')
    await here.look()
    await here.clock.advance(5 * MINUTE)
    expect(here.relays['a']!.rung()).toEqual(['anna', 'ben', 'ben'])
  })

  it.each(['Cancel', 'AllClear'] as const)('rings once with what ends it, and no more: %s', async (msg_type) => {
    const { clock, send, look, next } = await repeated()
    send({ rev: 1, msg_type })
    await look()
    expect(next()).toEqual(EVERYBODY)
    await clock.advance(60 * MINUTE)
    expect(next()).toEqual([])
  })

  it('rings no more once it has expired', async () => {
    const here = await world({ sites: ['a'], schedules: SCHEDULES })
    here.send({ expires: here.clock.now() + 7 * MINUTE })
    await here.look()
    await here.clock.advance(60 * MINUTE)
    expect(here.relays['a']!.rung()).toEqual(['anna', 'anna', 'ben', 'ben'])
  })

  it('begins anew with an update, in its words', async () => {
    const { clock, send, look, relays, answered } = await repeated()
    await clock.advance(27 * MINUTE)
    answered.add(person('anna'))
    relays['a']!.jobs.length = 0
    send({ rev: 1, msg_type: 'Update', headline: 'Jetzt räumen' })
    await look()
    await clock.advance(5 * MINUTE)
    const said = relays['a']!.jobs.map((j) => [j.device.person, JSON.parse(j.message.payload).notification.title])
    const title = 'SCHWERWIEGEND · Jetzt räumen'
    expect(said).toEqual([
      ['anna', title],
      ['ben', title],
      ['ben', title],
    ])
  })
})

describe('PUSH-22 each round of ringing', () => {
  it('is rung by one relay, that on duty', async () => {
    const { send, look, rung, clock } = await world({ schedules: SCHEDULES })
    send()
    await look()
    await clock.advance(5 * MINUTE)
    await look()
    await clock.advance(2 * PATIENCE)
    await look()
    expect(rung()).toEqual({ a: ['anna', 'anna', 'ben', 'ben'], b: [], c: [] })
  })

  it('is taken over by the next one when the relay on duty has died, however long ago it rang', async () => {
    const { send, look, rung, clock, dead } = await world({ schedules: SCHEDULES })
    send()
    await look()
    await clock.advance(RINGING)
    await look()
    dead.add('a')
    await clock.advance(4 * MINUTE)
    await look()
    expect(rung()).toMatchObject({ b: EVERYBODY, c: [] })
  })

  it('is gone on with after a restart, and nobody is rung twice in it', async () => {
    const { send, look, relays, start, clock } = await world({ sites: ['a'], schedules: SCHEDULES })
    send()
    await look()
    for (const job of relays['a']!.jobs) job.done('taken')
    await clock.advance(5 * MINUTE)
    relays['a']!.jobs.findLast((j) => j.device.person === 'anna')!.done('taken')
    const again = start('a')
    await again.look()
    expect(again.rung()).toEqual(['ben'])
    await clock.advance(5 * MINUTE)
    expect(again.rung()).toEqual(['anna', 'ben', 'ben'])
  })

  it('that were missed are one', async () => {
    const { send, look, clock, relays, sentOf } = await world({ sites: ['a'], schedules: SCHEDULES })
    send()
    await clock.advance(17 * MINUTE)
    await look()
    expect(relays['a']!.rung()).toEqual(EVERYBODY)
    expect(sentOf('a').list(clock.now())).toEqual([`${ALERT_ID}#3`])
  })
})
