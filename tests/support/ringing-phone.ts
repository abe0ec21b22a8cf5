/** A phone of a person without a browser: subscribed at the push service as Firefox does it, registered at every relay. */
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { RoomId } from '../../src/core/ids.ts'
import { relays } from '../../src/platform/relays.ts'
import { createPhone } from '../fakes/phone.ts'
import { device, signIn } from './matrix-device.ts'
import type { Servers } from './pair.ts'
import type { PushService } from './push-service.ts'

/** What a browser asks of the push service for a subscription: its endpoint. With a key the service takes that one alone. */
async function subscribe(push: PushService, key?: string): Promise<string> {
  const socket = new WebSocket(push.browserUrl, 'push-notification')
  onTestFinished(() => socket.terminate())
  const next = () => new Promise<Buffer>((resolve) => socket.once('message', resolve))
  await new Promise((resolve) => socket.once('open', resolve))
  const say = async (message: object) => {
    const answer = next()
    socket.send(JSON.stringify(message))
    return JSON.parse((await answer).toString()) as Record<string, string>
  }
  await say({ messageType: 'hello' })
  const { pushEndpoint } = await say({ messageType: 'register', channelID: crypto.randomUUID(), key })
  return pushEndpoint!
}

interface PhoneOptions {
  /** The key of the relays that it is subscribed for; without one the push service takes any. */
  key?: string
  muted?: RoomId[]
}

/** Signed in and subscribed; `register` tells a relay. */
export async function ringingPhone(
  servers: Servers,
  push: PushService,
  person: string,
  { key, muted = [] }: PhoneOptions = {},
) {
  const phone = device()
  const account = await signIn(servers, phone, person)
  const { device: content } = createPhone(await subscribe(push, key), { muted })
  const sites = servers.running.deployment.sites.map(({ id, relay }) => ({ site: id, url: relay! }))
  const openid = await phone.matrix.openId(account)
  const id = person.replace('.', '-')
  const { bearer } = (await relays.session(sites[0]!.url, openid!, id))!
  const channel = new URL(content.subscription.endpoint).pathname.split('/').at(-1)
  const urlOf = (site: string) => sites.find((s) => s.site === site)!.url
  return {
    account,
    bearer,
    sites,
    /** `vapid`: the key that the phone says it is subscribed for. */
    register: (site: string, vapid?: string) =>
      relays.registerDevice(urlOf(site), bearer, id, {
        ...content,
        subscription: { ...content.subscription, ...(vapid ? { vapid } : {}) },
      }),
    test: (site: string) => relays.test(urlOf(site), bearer, id),
    rings: () => push.posts.filter((post) => post.channel === channel && post.status === 201),
  }
}
export type RingingPhone = Awaited<ReturnType<typeof ringingPhone>>
