import { expect, it } from 'vitest'
import { rememberEnded } from '../../../src/server/devices/ended.ts'
import { person } from '../../fakes/agency.ts'
import { memoryRegister } from '../../fakes/device-register.ts'
import { createPhone } from '../../fakes/phone.ts'

it('PUSH-32 a phone that comes with a subscription that has ended is told so, once', async () => {
  const register = rememberEnded(memoryRegister())
  const come = (endpoint: string) =>
    register.put({ id: 'phone', person: person('anna'), seen: 1, device: createPhone(endpoint).device })
  const [first, second] = ['https://fcm.googleapis.com/1', 'https://fcm.googleapis.com/2']
  expect(await come(first)).toBe('stored')
  await register.forget('phone', first)
  expect(await come(first)).toBe('ended')
  expect(await register.count()).toBe(0)
  expect([await come(second), await come(first)]).toEqual(['stored', 'stored'])
})
