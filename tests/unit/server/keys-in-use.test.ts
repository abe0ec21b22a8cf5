import { expect, it } from 'vitest'
import { watchKeys } from '../../../src/server/devices/keys-in-use.ts'
import type { Log } from '../../../src/server/log.ts'
import { person } from '../../fakes/agency.ts'
import { memoryRegister } from '../../fakes/device-register.ts'
import { createPhone } from '../../fakes/phone.ts'

const pair = (name: string) => ({ publicKey: name.repeat(87).slice(0, 87), privateKey: 'x' })
const [NEW, OLD, OTHER] = [pair('n'), pair('o'), pair('x')]

function world(keys = [NEW, OLD]) {
  const register = memoryRegister()
  const lines: [level: string, devices: unknown, text: string][] = []
  const note = (level: string) => (line: { devices: unknown }, text: string) =>
    void lines.push([level, line.devices, text])
  const log = { info: note('info'), error: note('error') } as unknown as Log
  const put = (id: string, key?: { publicKey: string }) => {
    const { device } = createPhone(`https://fcm.googleapis.com/${id}`)
    const subscription = { ...device.subscription, ...(key ? { vapid: key.publicKey } : {}) }
    return register.put({ id, person: person('anna'), seen: 1, device: { ...device, subscription } })
  }
  return { put, look: watchKeys({ register, keys, log }), lines }
}

it('PUSH-24 the log says who needs a former key, when that has changed, and when nobody does any more', async () => {
  const { put, look, lines } = world()
  for (const [id, key] of [
    ['a', OLD],
    ['b', NEW],
    ['c', undefined],
  ] as const)
    await put(id, key)
  await look()
  await look()
  await put('d', NEW)
  await look()
  expect(lines).toEqual([['info', { present: 1, former: 1, untold: 1, foreign: 0 }, expect.stringContaining('former')]])
  await put('a', NEW)
  await put('c', NEW)
  await look()
  expect(lines[1]).toEqual([
    'info',
    { present: 4, former: 0, untold: 0, foreign: 0 },
    expect.stringContaining('no device'),
  ])
})

it('PUSH-25 it says so, loud, when devices have a key that the relay has not; and nothing where there is one key', async () => {
  const { put, look, lines } = world([NEW])
  await put('a', NEW)
  await put('b')
  await look()
  expect(lines).toEqual([])
  await put('c', OTHER)
  await look()
  expect(lines).toEqual([['error', { present: 1, former: 0, untold: 1, foreign: 1 }, expect.any(String)]])
})
