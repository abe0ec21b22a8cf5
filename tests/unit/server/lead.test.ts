/** What relays tell members of the Lage room, and what they take from everybody. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { REACH_KNOWN, type ReachReport } from '../../../src/core/reach.ts'
import { sign } from '../../../src/server/http/bearer.ts'
import { onError } from '../../../src/server/http/errors.ts'
import { leadRoutes } from '../../../src/server/http/lead.ts'
import type { Job } from '../../../src/server/push/sender.ts'
import type { AgencyRoom } from '../../../src/core/room.ts'
import { ALERT_ID, LAGE, person, silentLog } from '../../fakes/agency.ts'
import { createPhone } from '../../fakes/phone.ts'
import { ringingRelays } from '../../fakes/ringing-relays.ts'

const key = randomBytes(32)
const OTHER = '0198aaaa-0000-7000-8000-000000000002'

/** Two relays; anna and ben are to be rung, the chief is in the Lage room. */
async function world() {
  const { knowledge, register, sentOf, reachOf, relays, send, look, clock } = await ringingRelays({ sites: ['a', 'b'] })
  const people = (room: string) => new Set(room === LAGE ? [person('chief')] : ['anna', 'ben'].map(person))
  const rooms = () =>
    [
      { id: LAGE, kind: 'lage' },
      { id: '!alert-all', kind: 'alert' },
    ] as AgencyRoom[]
  const appOf = (id: string) =>
    leadRoutes({
      knowledge: { ...knowledge, rooms, people },
      register,
      sent: sentOf(id),
      reach: reachOf(id),
      sessionKey: key,
      now: clock.now,
    }).onError(onError(silentLog))
  const apps = { a: appOf('a'), b: appOf('b') }
  async function call(site: 'a' | 'b', path: string, who: string | null, body?: object) {
    const bearer = who && sign(key, { person: person(who), device: `phone-${who}`, expires: clock.now() + 1_000 })
    const headers: HeadersInit = bearer ? { authorization: `Bearer ${bearer}` } : {}
    const init = body ? { method: 'POST', body: JSON.stringify(body) } : {}
    const response = await apps[site].request(path, { ...init, headers })
    return { status: response.status, json: (await response.json()) as ReachReport }
  }
  const reach = async (site: 'a' | 'b' = 'a') => (await call(site, `/v1/reach/${ALERT_ID}`, 'chief')).json.people
  const shown = (who: string, changes: object = {}, site: 'a' | 'b' = 'a') =>
    call(site, '/v1/shown', who, { v: 1, alert: ALERT_ID, rev: 0, ...changes })
  const job = (who: string): Job => relays['a']!.jobs.findLast((one) => one.device.person === who)!
  return { register, call, reach, shown, job, send, look, clock, reachOf }
}

describe('REACH-1 how far an alert has got', () => {
  it('is told by device: tried, taken, refused; without a device nobody is named', async () => {
    const { send, look, job, reach, register } = await world()
    await register.remove('phone-ben', person('ben'))
    send()
    await look()
    expect(await reach()).toEqual({ anna: 'ringing' })
    expect(await reach('b')).toEqual({ anna: 'registered' })
    job('anna').done('refused')
    expect(await reach()).toEqual({ anna: 'failed' })
    await register.put({
      id: 'second',
      person: person('anna'),
      device: createPhone('https://fcm.googleapis.com/2').device,
      seen: 1,
    })
    expect(await reach()).toEqual({ anna: 'ringing' })
    job('anna').done('taken')
    expect(await reach()).toEqual({ anna: 'accepted' })
  })

  it('what was not tried, for the person had answered, is no failure', async () => {
    const { send, look, job, reach } = await world()
    send()
    await look()
    job('anna').done('unwanted')
    expect((await reach())['anna']).toBe('ringing')
  })

  it('begins anew with each revision', async () => {
    const { send, look, job, reach } = await world()
    send()
    await look()
    job('anna').done('taken')
    send({ rev: 1, msg_type: 'Update' })
    await look()
    expect((await reach())['anna']).toBe('ringing')
    job('anna').done('taken')
    expect((await reach())['anna']).toBe('accepted')
  })

  it('is known for a day', async () => {
    const { shown, send, look, clock, reachOf } = await world()
    send()
    await look()
    await shown('anna')
    reachOf('a').forget(clock.now() + REACH_KNOWN - 1)
    expect(reachOf('a').of(ALERT_ID).size).toBe(1)
    reachOf('a').forget(clock.now() + REACH_KNOWN)
    expect(reachOf('a').of(ALERT_ID).size).toBe(0)
  })
})

describe('REACH-2 a receipt', () => {
  it('says that the alert stood on the screen, at whichever relay, and nothing takes that back', async () => {
    const { send, look, job, shown, reach } = await world()
    send()
    await look()
    expect((await shown('anna', {}, 'b')).status).toBe(200)
    expect((await reach('b'))['anna']).toBe('shown')
    await shown('anna')
    job('anna').done('taken')
    expect((await reach())['anna']).toBe('shown')
  })

  it('of an older revision is none for the newest', async () => {
    const { send, look, shown, reach } = await world()
    send()
    send({ rev: 1, msg_type: 'Update' })
    await look()
    await shown('anna', { rev: 0 })
    expect((await reach())['anna']).toBe('ringing')
  })

  it('is taken for an alert that the caller is asked with, for themselves, and for no other', async () => {
    const { call, send, look, shown, reach } = await world()
    send()
    await look()
    expect((await shown('anna', { alert: OTHER })).status).toBe(404)
    expect((await shown('anna', { rev: 1 })).status).toBe(404)
    expect((await shown('chief')).status).toBe(404)
    expect((await shown('anna', { rev: -1 })).status).toBe(400)
    expect((await call('a', '/v1/shown', null, { v: 1, alert: ALERT_ID, rev: 0 })).status).toBe(401)
    await shown('anna', { person: 'ben' })
    expect(await reach()).toEqual({ anna: 'shown', ben: 'ringing' })
  })
})

describe('REACH-4, FLEET-2 only members of the Lage room are told', () => {
  it.each([`/v1/reach/${ALERT_ID}`, '/v1/fleet'])('%s', async (path) => {
    const { call, send, look } = await world()
    send()
    await look()
    expect((await call('a', path, null)).status).toBe(401)
    expect((await call('a', path, 'anna')).status).toBe(403)
    expect((await call('a', path, 'chief')).status).toBe(200)
  })

  it('an alert that is not known is not there', async () => {
    const { call } = await world()
    expect((await call('a', `/v1/reach/${OTHER}`, 'chief')).status).toBe(404)
  })

  it('FLEET-1 counts people of all rooms and their devices', async () => {
    const { call } = await world()
    expect((await call('a', '/v1/fleet', 'chief')).json).toMatchObject({ people: 3, reachable: 2 })
  })
})
