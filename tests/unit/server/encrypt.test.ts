import { createECDH } from 'node:crypto'
import { expect, it } from 'vitest'
import { encrypt } from '../../../src/server/push/encrypt.ts'
import { createPhone } from '../../fakes/phone.ts'

const bytes = (text: string) => Buffer.from(text, 'base64url')

it('encrypts the example of RFC 8291, section 5', () => {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'))
  const keys = {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  }
  const plain = Buffer.from('When I grow up, I want to be a watermelon')
  const sender = { pair, point: pair.getPublicKey() }
  expect(encrypt(keys, plain, sender, bytes('DGv6ra1nlYgDCS1FRnbzlw')).toString('base64url')).toBe(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  )
})

it('has a pair and a salt of its own for every message, and the phone reads it', () => {
  const { device, read } = createPhone('https://fcm.googleapis.com/1')
  const plain = Buffer.from('{"text":"Gebäude räumen"}')
  const [one, other] = [0, 1].map(() => encrypt(device.subscription.keys, plain))
  expect([read(one!), read(other!)]).toEqual([{ text: 'Gebäude räumen' }, { text: 'Gebäude räumen' }])
  expect(one!.subarray(0, 16)).not.toEqual(other!.subarray(0, 16))
  expect(one!.subarray(21, 86)).not.toEqual(other!.subarray(21, 86))
})

it('refuses a key that is no point of the curve', () => {
  const keys = {
    p256dh: Buffer.alloc(65, 4).toString('base64url'),
    auth: bytes('BTBZMqHH6r4Tts7J_aSIgg').toString('base64url'),
  }
  expect(() => encrypt(keys, Buffer.from('x'))).toThrow()
})
