/**
 * STAND-IN for Mozilla's push service on the loopback: no message leaves this machine. It speaks the real protocols, to
 * Firefox that of autopush (WebSocket), to senders RFC 8030 with RFC 8292 over https, so browser and relay run unchanged.
 * What it cannot show: how long real push services take, and what they refuse.
 */
import { randomUUID } from 'node:crypto'
import { createServer as createHttp, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import { makeCertificate } from './certificate.ts'
import { Mailbox } from './mailbox.ts'
import { serveBrowser } from './push-socket.ts'
import { vapidTrouble } from './vapid.ts'

/** The largest body, RFC 8030 section 7.2. */
const MAX_BODY = 4096

/** One message as a relay handed it in, and what it was told. */
export interface Post {
  channel: string
  headers: IncomingHttpHeaders
  bytes: number
  at: number
  status: number
}

export interface PushService {
  /** For Firefox: `dom.push.serverURL`. */
  browserUrl: string
  /** For the relay's `push_hosts`. */
  host: string
  /** For the relay's `NODE_EXTRA_CA_CERTS`. */
  caFile: string
  posts: Post[]
  /** Ends a subscription as the service does when a browser is gone for good: the relay gets 410. */
  end(endpoint: string): void
  /** Answers the next message with this status, e.g. 503. */
  failNext(status: number): void
  /** Forgets all browsers: at their next connection they get a new name, and their subscriptions are over. */
  forgetBrowsers(): void
  /** Cuts the browsers' connections; they come back by themselves. */
  cut(): void
  close(): Promise<void>
}

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return (server.address() as AddressInfo).port
}

function shut(server: Server): Promise<void> {
  server.closeAllConnections()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  return promise
}

const channelOf = (url: string | undefined) => /^\/wpush\/v2\/([0-9a-f-]{36})$/.exec(url ?? '')?.[1]

export async function startPushService(): Promise<PushService> {
  const certificate = makeCertificate()
  const mailbox = new Mailbox()
  const posts: Post[] = []
  const planned: number[] = []
  const senders = createHttps(certificate, (request, response) => {
    void take(request).then((status) => {
      const location = status === 201 ? { location: `${endpoints}/m/${randomUUID()}` } : {}
      response.writeHead(status, { ttl: String(request.headers.ttl ?? 0), 'retry-after': '1', ...location }).end()
    })
  })
  const endpoints = `https://127.0.0.1:${await listen(senders)}`
  const browsers = createHttp()
  const browserUrl = `ws://127.0.0.1:${await listen(browsers)}/`
  const sockets = new WebSocketServer({ server: browsers, handleProtocols: () => 'push-notification' })
  const desk = serveBrowser(mailbox, (channel) => `${endpoints}/wpush/v2/${channel}`)
  sockets.on('connection', desk.accept)

  async function take(request: IncomingMessage): Promise<number> {
    const { headers } = request
    const body = await buffer(request)
    const channel = channelOf(request.url)
    if (!channel || request.method !== 'POST') return 404
    const status = planned.shift() ?? answer(channel, headers, body)
    posts.push({ channel, headers, bytes: body.length, at: Date.now(), status })
    return status
  }

  function answer(channel: string, headers: IncomingHttpHeaders, body: Buffer): number {
    const subscription = mailbox.subscription(channel)
    if (!subscription) return 410
    if (headers.ttl === undefined) return 400
    if (body.length > MAX_BODY) return 413
    const { browser, key } = subscription
    if (key && vapidTrouble(headers.authorization, key, endpoints, Date.now())) return 403
    mailbox.put(browser, {
      channel,
      topic: headers.topic?.toString(),
      expires: Date.now() + 1000 * Number(headers.ttl),
      encoding: headers['content-encoding'],
      data: body,
    })
    desk.deliver(browser)
    return 201
  }

  return {
    browserUrl,
    host: new URL(endpoints).host,
    caFile: certificate.file,
    posts,
    end: (endpoint) => mailbox.end(channelOf(new URL(endpoint).pathname) ?? ''),
    failNext: (status) => void planned.push(status),
    forgetBrowsers: desk.forget,
    cut: () => sockets.clients.forEach((socket) => socket.terminate()),
    async close() {
      sockets.clients.forEach((socket) => socket.terminate())
      await Promise.all([shut(browsers), shut(senders)])
      certificate.remove()
    },
  }
}
