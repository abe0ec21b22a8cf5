import { describe, expect, it } from 'vitest'
import { readPush } from '../../../src/core/push.ts'
import { ROOM_QUIET } from '../../../src/core/room-message.ts'
import type { RoomId, UserId } from '../../../src/core/ids.ts'
import { agencyRoom, type RoomKind } from '../../../src/core/room.ts'
import { createRoomBell } from '../../../src/server/push/room-bell.ts'
import type { Job } from '../../../src/server/push/sender.ts'
import { deploymentOf, person, silentLog } from '../../fakes/agency.ts'
import { memoryRegister } from '../../fakes/device-register.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'
import { createPhone } from '../../fakes/phone.ts'
import { event, room, TEAM } from '../../fakes/sample.ts'

const PEOPLE = ['anna', 'ben', 'cleo']
const OTHERS = ['ben', 'cleo']

/** A room of the kind with three people, each with a phone of a language of their own. */
async function world(kind: RoomKind = 'team', { active = 'a', since = 0, muted = [] as string[] } = {}) {
  const clock = new ManualClock()
  const register = memoryRegister()
  const ours = agencyRoom(room(TEAM!, kind, 'Referat 34', PEOPLE))!
  for (const name of PEOPLE) {
    const { device } = createPhone(`https://fcm.googleapis.com/${name}`, { lang: name === 'ben' ? 'en' : 'de' })
    const quiet: RoomId[] = muted.includes(name) ? [ours.id] : []
    await register.put({ id: name, person: person(name), device: { ...device, muted: quiet }, seen: 1 })
  }
  const jobs: Job[] = []
  const bell = createRoomBell({
    self: 'a',
    deployment: () => deploymentOf(),
    active: () => ({ active_site: active, active_since: since }),
    knowledge: { rooms: () => [ours], people: () => new Set(PEOPLE.map(person)) },
    devices: register,
    sender: { enqueue: (job) => void jobs.push(job) },
    clock,
    log: silentLog,
  })
  const say = async (sender: UserId = '@anna:a.example', content: object = {}, ago = 0) => {
    const said = { msgtype: 'm.text', body: 'Geheim', ...content }
    bell.heard([event(ours.id, sender, 'm.room.message', said, { at: clock.now() - ago })])
    await settled()
  }
  const rung = () => jobs.splice(0).map(({ device }) => device.id)
  return { say, rung, jobs, bell, pass: (ms: number) => clock.advance(ms), ours }
}

describe('PUSH-26 a message in a room that people write in', () => {
  it.for(['staff', 'team'] as const)('rings for everybody else in a room of kind %s', async (kind) => {
    const { say, rung } = await world(kind)
    await say()
    expect(rung()).toEqual(OTHERS)
  })

  it.for(['alert', 'lage', 'handbook'] as const)('does not ring in one of kind %s', async (kind) => {
    const { say, rung } = await world(kind)
    await say()
    expect(rung()).toEqual([])
  })

  it('does not ring for the other accounts of who wrote it, nor for bots', async () => {
    const { say, rung } = await world()
    await say('@ben:b.example')
    expect(rung()).toEqual(['anna', 'cleo'])
    const quiet = await world()
    await quiet.say('@bot:b.example')
    expect(quiet.rung()).toEqual([])
  })

  it('rings by the relay of the active site alone', async () => {
    const { say, rung } = await world('team', { active: 'b' })
    await say()
    expect(rung()).toEqual([])
  })

  it('does not ring for what was written before its site was declared', async () => {
    const since = new ManualClock().now() - 1_000
    const { say, rung } = await world('team', { since })
    await say('@anna:a.example', {}, 1_001)
    expect(rung()).toEqual([])
    await say('@anna:a.example', {}, 1_000)
    expect(rung()).toEqual(OTHERS)
  })

  it('does not ring for what was written more than ten minutes ago, nor for a changed text', async () => {
    const { say, rung } = await world()
    await say('@anna:a.example', {}, 10 * 60_000 + 1)
    await say('@anna:a.example', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$x' } })
    expect(rung()).toEqual([])
    await say('@anna:a.example', {}, 10 * 60_000)
    expect(rung()).toEqual(OTHERS)
  })

  it('rings once for a message of which two copies come, through both sites', async () => {
    const { say, rung, pass } = await world()
    const copy = { 'de.notanker.client_id': '0198aaaa-0000-7000-8000-000000000009' }
    await say('@anna:a.example', copy)
    expect(rung()).toEqual(OTHERS)
    await say('@anna:b.example', copy)
    await pass(ROOM_QUIET)
    expect(rung()).toEqual([])
  })
})

describe('PUSH-27 a room that has just rung', () => {
  it('is quiet for half a minute, and rings once at its end for what came meanwhile', async () => {
    const { say, rung, pass } = await world()
    await say()
    rung()
    await say('@anna:a.example')
    await say('@anna:a.example')
    await pass(ROOM_QUIET - 1)
    expect(rung()).toEqual([])
    await pass(1)
    expect(rung()).toEqual(OTHERS)
    await pass(10 * ROOM_QUIET)
    expect(rung()).toEqual([])
    await say()
    expect(rung()).toEqual(OTHERS)
  })

  it('rings then for those, too, who wrote themselves, if others did as well', async () => {
    const { say, rung, pass } = await world()
    await say()
    rung()
    await say('@ben:a.example')
    await say('@cleo:a.example')
    await pass(ROOM_QUIET)
    expect(rung()).toEqual(PEOPLE)
  })

  it('is forgotten when the relay stops', async () => {
    const { say, rung, pass, bell } = await world()
    await say()
    await say()
    rung()
    await bell.stop()
    await pass(ROOM_QUIET)
    expect(rung()).toEqual([])
  })
})

it('PUSH-28 a room that a device has muted does not ring there', async () => {
  const { say, rung } = await world('team', { muted: ['ben'] })
  await say()
  expect(rung()).toEqual(['cleo'])
})

it('PUSH-29 says where something was written, in the device’s language, and never what', async () => {
  const { say, jobs, ours } = await world()
  await say()
  const [english, german] = jobs.map(({ message }) => message)
  for (const { payload, urgency, topic } of [english!, german!]) {
    expect(payload).not.toContain('Geheim')
    expect([urgency, topic?.length]).toEqual(['normal', 32])
    const push = readPush(JSON.parse(payload))!
    expect(push['de.notanker']).toEqual({ v: 1, kind: 'room', room: ours.id })
    expect(push.notification).toMatchObject({ title: ours.title, tag: ours.id })
    expect(new URL(push.notification.navigate).pathname).toBe(`/rooms/${encodeURIComponent(ours.id)}`)
  }
  const bodies = [english!, german!].map(({ payload }) => readPush(JSON.parse(payload))!.notification.body)
  expect(bodies).toEqual(['New message', 'Neue Nachricht'])
})
