import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import webpush from 'web-push'
import { webPush } from '../../../src/server/push/post.ts'
import { createPhone } from '../../fakes/phone.ts'

/** A push service on the loopback: answers as it is told and keeps what it was told. */
let server: Server
let origin: string
let answers: number[] = []
let got: IncomingMessage['headers'][] = []
let endings: (() => Promise<void>)[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    got.push(request.headers)
    request.resume().on('end', () => response.writeHead(answers.shift() ?? 201).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
beforeEach(() => {
  answers = []
  got = []
})
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

const keys = webpush.generateVAPIDKeys()
type Pairs = Parameters<typeof webPush>[0]['vapid']['keys']

describe('PUSH-24 which key a push is signed with', () => {
  const former = webpush.generateVAPIDKeys()
  const message = { payload: '{}', urgency: 'high', topic: null } as const
  const signedWith = () =>
    got.map((headers) =>
      [keys, former].find((k) => headers.authorization?.endsWith(k.publicKey)) === keys ? 'present' : 'former',
    )
  const subscribed = (key?: string) => ({
    ...createPhone(`${origin}/push/1`).device.subscription,
    ...(key ? { vapid: key } : {}),
  })
  function postWith(keys: Pairs) {
    const { post, close } = webPush({
      vapid: { subject: 'mailto:krisenstab@example.org', keys },
      pushHosts: [origin],
      now: Date.now,
    })
    endings.push(close)
    return post
  }

  it('the one that its subscription was made for, and no other', async () => {
    const post = postWith([keys, former])
    answers = [201, 201, 403]
    expect(await post(subscribed(former.publicKey), message, 60)).toEqual({ kind: 'taken' })
    expect(await post(subscribed(keys.publicKey), message, 60)).toEqual({ kind: 'taken' })
    expect(await post(subscribed(former.publicKey), message, 60)).toMatchObject({ kind: 'refused' })
    expect(signedWith()).toEqual(['former', 'present', 'former'])
  })

  it('none, where the relay does not have it; the device stays', async () => {
    expect(await postWith([keys])(subscribed(former.publicKey), message, 60)).toMatchObject({ kind: 'refused' })
    expect(got).toEqual([])
  })

  it('each in turn, for a device that does not tell', async () => {
    answers = [403, 201]
    expect(await postWith([keys, former])(subscribed(), message, 60)).toEqual({ kind: 'taken' })
    expect(signedWith()).toEqual(['present', 'former'])
  })

  it.each<[number[], string]>([
    [[404, 201], 'taken'],
    [[410, 503], 'later'],
    [[503], 'later'],
    [[410, 403], 'refused'],
    [[403, 410], 'refused'],
    [[410, 404], 'gone'],
  ])('then a subscription has ended only if no key is told otherwise: %j', async (statuses, kind) => {
    answers = [...statuses]
    expect(await postWith([keys, former])(subscribed(), message, 60)).toMatchObject({ kind })
    expect(got).toHaveLength(statuses.length)
  })
})
