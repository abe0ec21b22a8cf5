/**
 * STAND-IN for the push services of Mozilla and Google on the loopback: no message leaves this machine. It speaks the real
 * protocols, to Firefox that of autopush (WebSocket), to Chromium that of Google, to senders RFC 8030 with RFC 8292 over
 * https, so browser and relay run unchanged. What it cannot show: how long real push services take, and what they refuse.
 */
import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createServer as createTls } from 'node:tls'
import { WebSocketServer } from 'ws'
import { makeCertificate } from './certificate.ts'
import { Mailbox } from './mailbox.ts'
import { serveChromium } from './push-google.ts'
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
  /** 0: nothing was said. */
  status: number
}

/**
 * What a sender hears instead of 201: a status, with the seconds of its `Retry-After` where it has one; or nothing at all,
 * its message lost, or taken all the same.
 */
export type Trouble = { status: number; retryAfter?: number } | 'silence' | 'taken_in_silence'

interface Only {
  endpoint?: string
  topic?: string
}

export interface PushService {
  /** For Firefox: `dom.push.serverURL`. */
  browserUrl: string
  /** For Chromium: arguments that lead its own push client here. */
  chromiumArgs: string[]
  /** Where senders reach the subscriptions of Chromium, which has an address of Google's built in: its beginning. */
  endpoints: string
  /** For the relay's `push_hosts`. */
  host: string
  /** For the relay's `NODE_EXTRA_CA_CERTS`. */
  caFile: string
  posts: Post[]
  /** Whether a subscription holds. */
  holds(endpoint: string): boolean
  /** Ends a subscription as the service does when a browser is gone for good: the relay gets 410. */
  end(endpoint: string): void
  /** Answers the next messages so, one after the other; where that is said, only those to an endpoint, or of a topic. */
  fail(troubles: Trouble[], only?: Only): void
  /** Forgets every Firefox: at their next connection they get a new name, and their subscriptions are over. */
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

/** `--ignore-certificate-errors-spki-list` takes what a certificate's key comes to. */
function fingerprint(cert: string): string {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

const channelOf = (url: string | undefined) => /^\/wpush\/v2\/([0-9a-f-]{36})$/.exec(url ?? '')?.[1]
const channelAt = (endpoint: string) => channelOf(new URL(endpoint).pathname) ?? ''

export async function startPushService(): Promise<PushService> {
  const certificate = makeCertificate()
  const mailbox = new Mailbox()
  const posts: Post[] = []
  const planned: ({ trouble: Trouble } & Only)[] = []
  const open = new Set<Socket>()
  const senders = createHttps(certificate, (request, response) => void take(request, response))
  const endpoints = `https://127.0.0.1:${await listen(senders)}/wpush/v2/`
  const google = serveChromium(mailbox)
  const browsers = createHttp((request, response) => void google.answer(request, response))
  const [browsersPort, messages] = [await listen(browsers), createTls(certificate, google.accept)]
  const chromiumArgs = [
    `--gcm-checkin-url=http://127.0.0.1:${browsersPort}/checkin`,
    `--gcm-registration-url=http://127.0.0.1:${browsersPort}/register`,
    `--gcm-mcs-endpoint=https://127.0.0.1:${await listen(messages)}`,
    `--ignore-certificate-errors-spki-list=${fingerprint(certificate.cert)}`,
  ]
  const servers = [senders, browsers, messages]
  for (const server of servers)
    server.on('connection', (socket: Socket) => {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    })
  const browserUrl = `ws://127.0.0.1:${browsersPort}/`
  const sockets = new WebSocketServer({ server: browsers, handleProtocols: () => 'push-notification' })
  const desk = serveBrowser(mailbox, (channel) => endpoints + channel)
  sockets.on('connection', desk.accept)

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers } = request
    const body = await buffer(request)
    const channel = request.method === 'POST' ? channelOf(request.url) : undefined
    if (!channel) return void response.writeHead(404).end()
    const topic = headers.topic?.toString()
    const isMeant = (only: Only) =>
      (only.topic ?? topic) === topic && (only.endpoint === undefined || channelAt(only.endpoint) === channel)
    const next = planned.findIndex(isMeant)
    const trouble = next < 0 ? undefined : planned.splice(next, 1)[0]!.trouble
    const post = { channel, headers, bytes: body.length, at: Date.now() }
    if (trouble === 'silence') return void posts.push({ ...post, status: 0 })
    const status = typeof trouble === 'object' ? trouble.status : answer(channel, headers, body)
    posts.push({ ...post, status })
    if (trouble === 'taken_in_silence') return
    if (trouble?.retryAfter) response.setHeader('retry-after', trouble.retryAfter)
    if (status === 201) response.setHeader('location', `${new URL(endpoints).origin}/m/${randomUUID()}`)
    response.writeHead(status, { ttl: String(headers.ttl ?? 0) }).end()
  }

  function answer(channel: string, headers: IncomingHttpHeaders, body: Buffer): number {
    const subscription = mailbox.subscription(channel)
    if (!subscription) return 410
    if (headers.ttl === undefined) return 400
    if (body.length > MAX_BODY) return 413
    const { browser, key } = subscription
    if (key && vapidTrouble(headers.authorization, key, new URL(endpoints).origin, Date.now())) return 403
    mailbox.put(browser, {
      channel,
      topic: headers.topic?.toString(),
      expires: Date.now() + 1000 * Number(headers.ttl),
      encoding: headers['content-encoding'],
      data: body,
    })
    desk.deliver(browser)
    google.deliver(browser)
    return 201
  }

  return {
    browserUrl,
    chromiumArgs,
    endpoints,
    host: new URL(endpoints).host,
    caFile: certificate.file,
    posts,
    holds: (endpoint) => mailbox.subscription(channelAt(endpoint)) !== undefined,
    end: (endpoint) => mailbox.end(channelAt(endpoint)),
    fail: (troubles, only) => void planned.push(...troubles.map((trouble) => ({ trouble, ...only }))),
    forgetBrowsers: desk.forget,
    cut() {
      sockets.clients.forEach((socket) => socket.terminate())
      google.cut()
    },
    async close() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
      for (const socket of open) socket.destroy()
      await Promise.all(closed)
      certificate.remove()
    },
  }
}
