/**
 * Chromium's side of the push service stand-in, where its own would ask Google: check-in and registration over http, and
 * messages over a TLS connection that stays open, each a tag, a length and a protobuf. Source: Chromium,
 * google_apis/gcm/protocol.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Mailbox } from './mailbox.ts'
import { field, fixed64, readFields, readVarint, varint } from './protobuf.ts'

const VERSION = 41
const TAG = { ping: 0, pong: 1, login: 2, loggedIn: 3, message: 8 }

/** What a browser has registered: its own names for it, and the key that it is bound to. */
interface Registration {
  app: string
  subtype: string
  sender: string
}

export function serveChromium(mailbox: Mailbox) {
  const registrations = new Map<string, Registration>()
  const connected = new Map<string, Socket>()

  /** A browser that has a name keeps it. */
  function checkIn(body: Buffer): Buffer {
    const told = readFields(body).get(2)?.[0]
    const name = typeof told === 'bigint' && told ? told : randomBytes(8).readBigUInt64LE() >> 2n
    return Buffer.concat([field(1, 1), field(3, Date.now()), fixed64(7, name), fixed64(8, 1n), field(11, '1')])
  }

  function register(form: URLSearchParams): string {
    const part = (name: string) => form.get(name) ?? ''
    const registration = { app: part('app'), subtype: part('X-subtype'), sender: part('sender') }
    for (const [channel, { app, subtype }] of registrations)
      if (app === registration.app && subtype === registration.subtype) mailbox.end(channel)
    if (form.has('delete')) return `token=${registration.app}`
    const channel = randomUUID()
    registrations.set(channel, registration)
    mailbox.subscribe(channel, { browser: part('device'), key: registration.sender })
    return `token=${channel}`
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const isCheckIn = request.url?.startsWith('/checkin')
    response.end(isCheckIn ? checkIn(body) : register(new URLSearchParams(body.toString())))
  }

  function say(socket: Socket, tag: number, ...parts: Buffer[]): void {
    const message = Buffer.concat(parts)
    socket.write(Buffer.concat([Buffer.from([tag]), varint(message.length), message]))
  }

  function deliver(browser: string): void {
    const socket = connected.get(browser)
    if (!socket) return
    for (const { channel, version, encoding = '', data } of mailbox.handOut(browser, Date.now())) {
      const { app, subtype, sender } = registrations.get(channel)!
      const pair = (key: string, value: string) => field(7, Buffer.concat([field(1, key), field(2, value)]))
      const headers = [pair('subtype', subtype), pair('content-encoding', encoding)]
      const names = [field(2, version), field(3, sender), field(5, app), ...headers, field(9, version)]
      say(socket, TAG.message, ...names, field(17, 3600), field(18, Date.now()), field(21, data))
    }
  }

  /** It names what it has got of what was sent before. */
  function logIn(socket: Socket, message: Buffer): string {
    const texts = (number: number) => (readFields(message).get(number) ?? []).map(String)
    const [browser = ''] = texts(3)
    for (const version of texts(10)) mailbox.acknowledge(browser, version)
    connected.set(browser, socket)
    say(socket, TAG.loggedIn, field(1, 'login'), field(8, Date.now()))
    mailbox.startOver(browser)
    deliver(browser)
    return browser
  }

  function accept(socket: Socket): void {
    let bytes = Buffer.alloc(0)
    let browser = ''
    /** Both begin with their version of the protocol. */
    let greeted = false
    socket.write(Buffer.from([VERSION]))
    socket.on('error', () => undefined)
    socket.on('close', () => connected.get(browser) === socket && connected.delete(browser))
    socket.on('data', (more: Buffer) => {
      bytes = Buffer.concat([bytes, greeted ? more : more.subarray(1)])
      greeted = true
      for (;;) {
        const length = readVarint(bytes, 1)
        const end = length && length.end + Number(length.value)
        if (!end || bytes.length < end) return
        const [tag, message] = [bytes[0], bytes.subarray(length.end, end)]
        bytes = bytes.subarray(end)
        if (tag === TAG.login) browser = logIn(socket, message)
        if (tag === TAG.ping) say(socket, TAG.pong)
      }
    })
  }

  return { answer, accept, deliver, cut: () => connected.forEach((socket) => socket.destroy()) }
}
