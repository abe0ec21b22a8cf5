import { describe, expect, it } from 'vitest'
import { rememberEnded } from '../../src/server/devices/ended.ts'
import { sqliteRegister } from '../../src/server/devices/sqlite.ts'
import type { DeviceRegister, RegisteredDevice } from '../../src/server/devices/register.ts'
import { openStore } from '../../src/server/store.ts'
import { person } from '../fakes/agency.ts'
import { memoryRegister } from '../fakes/device-register.ts'
import { createPhone } from '../fakes/phone.ts'

const anna = person('anna')
const ben = person('ben')

function device(id: string, changes: Partial<RegisteredDevice> = {}): RegisteredDevice {
  return { id, person: anna, seen: 1, device: createPhone(`https://fcm.googleapis.com/${id}`).device, ...changes }
}

const implementations: [string, () => DeviceRegister][] = [
  ['in memory', memoryRegister],
  ['SQLite, in a relay', () => rememberEnded(sqliteRegister(openStore(null)))],
]

describe.each(implementations)('device register: %s', (_name, create) => {
  it('RELAY-7 keeps a device for the person who made it', async () => {
    const register = create()
    const row = device('phone')
    expect(await register.put(row)).toBe('stored')
    expect(await register.get('phone', anna)).toEqual(row)
    expect(await register.ofPeople(new Set([anna, ben]))).toEqual([row])
  })

  it('RELAY-7 gives nobody else a say over it', async () => {
    const register = create()
    const row = device('phone')
    await register.put(row)
    expect(await register.put({ ...device('phone'), person: ben })).toBe('foreign')
    expect(await register.get('phone', ben)).toBeNull()
    expect(await register.remove('phone', ben)).toBe(false)
    expect(await register.ofPeople(new Set([ben]))).toEqual([])
    expect(await register.get('phone', anna)).toEqual(row)
  })

  it('renews a device in its place', async () => {
    const register = create()
    await register.put(device('phone'))
    const renewed = device('phone', { seen: 2, device: createPhone('https://fcm.googleapis.com/new').device })
    expect(await register.put(renewed)).toBe('stored')
    expect(await register.ofPeople(new Set([anna]))).toEqual([renewed])
  })

  it('RELAY-8 drops the device not seen for longest beyond ten of a person', async () => {
    const register = create()
    for (let i = 0; i < 11; i++) await register.put(device(`d${i}`, { seen: i === 0 ? 50 : 10 + i }))
    await register.put(device('of-ben', { person: ben }))
    const ids = (await register.ofPeople(new Set([anna]))).map((d) => d.id)
    expect(ids).toHaveLength(10)
    expect(ids).not.toContain('d1')
    expect(ids).toContain('d0')
    expect(await register.count()).toBe(11)
  })

  it('RELAY-8 never drops the device that has just registered, whatever its clock', async () => {
    const register = create()
    for (let i = 0; i < 10; i++) await register.put(device(`d${i}`, { seen: 100 + i }))
    await register.put(device('late', { seen: 1 }))
    expect(await register.get('late', anna)).not.toBeNull()
    expect(await register.get('d0', anna)).toBeNull()
  })

  it('RELAY-8 rings one browser once: an older entry with the same endpoint goes, also of somebody else', async () => {
    const register = create()
    const row = device('old')
    await register.put(row)
    await register.put({ ...row, id: 'new', person: ben })
    expect(await register.get('old', anna)).toBeNull()
    expect((await register.ofPeople(new Set([anna, ben]))).map((d) => d.id)).toEqual(['new'])
  })

  it('READY-9 knows of all devices when they were last reminded, until they go', async () => {
    const register = create()
    await register.put(device('a'))
    await register.put(device('b', { person: ben }))
    await register.noteReminded('b', 5)
    await register.noteReminded('unknown', 5)
    expect((await Array.fromAsync(register.all())).map(({ id, reminded }) => [id, reminded])).toEqual([
      ['a', null],
      ['b', 5],
    ])
    await register.noteReminded('b', 7)
    await register.put(device('b', { person: ben, seen: 9 }))
    expect((await Array.fromAsync(register.all()))[1]).toMatchObject({ seen: 9, reminded: 7 })
    await register.remove('b', ben)
    await register.put(device('b', { person: ben }))
    expect((await Array.fromAsync(register.all()))[1]).toMatchObject({ reminded: null })
  })

  it('PUSH-6 forgets a subscription that has ended, unless it was renewed meanwhile', async () => {
    const register = create()
    await register.put(device('phone'))
    await register.forget('phone', 'https://fcm.googleapis.com/another')
    expect(await register.count()).toBe(1)
    await register.forget('phone', 'https://fcm.googleapis.com/phone')
    expect(await register.count()).toBe(0)
  })

  it('KEEP-3 forgets all devices of people, and nobody else’s', async () => {
    const register = create()
    await register.put(device('one'))
    await register.put(device('two'))
    await register.put(device('of-ben', { person: ben }))
    expect(await register.removeOf(new Set())).toBe(0)
    expect(await register.removeOf(new Set([anna, person('nobody')]))).toBe(2)
    expect((await Array.fromAsync(register.all())).map(({ id }) => id)).toEqual(['of-ben'])
    expect(await register.put({ ...device('one'), person: ben })).toBe('stored')
  })

  it('KEEP-1 forgets what has not registered since, and says when it last heard from anybody', async () => {
    const register = create()
    expect(await register.heard(99)).toBeNull()
    for (const seen of [10, 20, 30]) await register.put(device(`d${seen}`, { seen }))
    expect([await register.heard(30), await register.heard(29), await register.heard(9)]).toEqual([30, 20, null])
    await register.noteReminded('d10', 11)
    expect(await register.removeUnseen(10)).toBe(0)
    expect(await register.removeUnseen(20)).toBe(1)
    expect((await Array.fromAsync(register.all())).map(({ id }) => id)).toEqual(['d20', 'd30'])
    await register.put(device('d10', { seen: 40 }))
    expect((await Array.fromAsync(register.all()))[0]).toMatchObject({ id: 'd10', reminded: null })
  })

  it('signs out', async () => {
    const register = create()
    await register.put(device('phone'))
    expect(await register.remove('phone', anna)).toBe(true)
    expect(await register.remove('phone', anna)).toBe(false)
    expect(await register.count()).toBe(0)
  })

  it('finds nobody among nobody', async () => {
    expect(await create().ofPeople(new Set())).toEqual([])
  })
})
