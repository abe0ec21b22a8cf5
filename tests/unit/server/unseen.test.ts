import { expect, it } from 'vitest'
import { dayLog, removeUnseen } from '../../../src/server/devices/unseen.ts'
import { openStore } from '../../../src/server/store.ts'
import { person, silentLog } from '../../fakes/agency.ts'
import { memoryRegister } from '../../fakes/device-register.ts'
import { createPhone } from '../../fakes/phone.ts'

const HOUR = 3600_000
const DAY = 24 * HOUR
const KEEP = 60

function world() {
  const register = memoryRegister()
  const days = dayLog(openStore(null))
  let now = 1_800_000_000_000
  const put = (id: string) => {
    const { device } = createPhone(`https://fcm.googleapis.com/${id}`)
    return register.put({ id, person: person(id), seen: now, device })
  }
  const look = () => removeUnseen({ register, days, keep: KEEP, now: () => now, log: silentLog })
  /** The relay runs for so many days and looks every hour; `used` is opened every day. */
  async function live(count: number, used: string | null = 'used') {
    for (let hour = 0; hour < count * 24; hour++) {
      now += HOUR
      if (used && hour % 24 === 12) await put(used)
      await look()
    }
  }
  const ids = async () => (await Array.fromAsync(register.all())).map(({ id }) => id)
  return { put, look, live, ids, leap: (ms: number) => void (now += ms) }
}

it('KEEP-1 a device is kept for as many days as the configuration says, and not for longer than one more', async () => {
  const { put, look, live, ids } = world()
  await put('used')
  await put('unused')
  await look()
  await live(KEEP - 1)
  expect(await ids()).toEqual(['unused', 'used'])
  await live(2)
  expect(await ids()).toEqual(['used'])
})

it('KEEP-1 one that registers again begins anew', async () => {
  const { put, look, live, ids } = world()
  await put('used')
  await put('holiday')
  await look()
  await live(KEEP - 2)
  await put('holiday')
  await live(KEEP - 1)
  expect(await ids()).toEqual(['holiday', 'used'])
  await live(2)
  expect(await ids()).toEqual(['used'])
})

it('KEEP-2 a relay that was off for a year finds every device as it was, and counts on', async () => {
  const { put, look, live, ids, leap } = world()
  await put('used')
  await look()
  await live(2 * KEEP)
  await put('unused')
  await live(KEEP - 2)
  leap(365 * DAY)
  await look()
  await live(1)
  expect(await ids()).toEqual(['unused', 'used'])
  await live(3)
  expect(await ids()).toEqual(['used'])
})

it('KEEP-2 a relay that no phone can reach does not take them for unused', async () => {
  const { put, look, live, ids } = world()
  await put('one')
  await put('two')
  await look()
  await live(3 * KEEP, null)
  expect(await ids()).toEqual(['one', 'two'])
  // It is to be had again: those days do not count.
  await live(KEEP - 2)
  expect(await ids()).toEqual(['one', 'two', 'used'])
})

it('KEEP-2 also where a device has registered while the clock ran ahead', async () => {
  const { put, look, live, ids, leap } = world()
  await put('one')
  await look()
  leap(365 * DAY)
  await put('ahead')
  leap(-365 * DAY)
  await live(3 * KEEP, null)
  expect(await ids()).toEqual(['ahead', 'one'])
})

it('KEEP-2 a clock that runs a year ahead for a while, and is put right, deletes nothing and stops nothing', async () => {
  const { put, look, live, ids, leap } = world()
  await put('unused')
  await put('used')
  await look()
  await live(10)
  leap(365 * DAY)
  await put('used')
  await look()
  leap(-365 * DAY)
  await live(KEEP - 12)
  expect(await ids()).toEqual(['unused', 'used'])
  await live(3)
  expect(await ids()).toEqual(['used'])
})
