/**
 * The browsers' side of the push service stand-in: Mozilla's autopush protocol, JSON over a WebSocket.
 * hello → hello, register → register, notification → ack, and `{}` both ways as a ping.
 */
import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'
import type { Mailbox } from './mailbox.ts'

type Message =
  | { messageType: 'hello'; uaid?: string }
  | { messageType: 'register'; channelID: string; key?: string }
  | { messageType: 'unregister'; channelID: string }
  | { messageType: 'ack'; updates: { version: string }[] }
  | { messageType?: undefined }

export function serveBrowser(mailbox: Mailbox, endpointOf: (channel: string) => string) {
  const connected = new Map<string, WebSocket>()
  let known = new Set<string>()
  const send = (socket: WebSocket, message: object) => socket.send(JSON.stringify(message))

  /** A browser that tells a name we do not know gets another one, and takes that as the end of its subscriptions. */
  function greet(socket: WebSocket, told: string | undefined): string {
    const browser = told && known.has(told) ? told : randomBytes(16).toString('hex')
    known.add(browser)
    connected.set(browser, socket)
    send(socket, { messageType: 'hello', uaid: browser, status: 200, use_webpush: true, broadcasts: {} })
    mailbox.startOver(browser)
    deliver(browser)
    return browser
  }

  function deliver(browser: string): void {
    const socket = connected.get(browser)
    if (!socket) return
    for (const { channel, version, encoding, data } of mailbox.handOut(browser, Date.now())) {
      const message = { channelID: channel, version, data: data.toString('base64url'), headers: { encoding } }
      send(socket, { messageType: 'notification', ...message })
    }
  }

  function accept(socket: WebSocket): void {
    let browser = ''
    socket.on('message', (raw: Buffer) => {
      const message = JSON.parse(raw.toString()) as Message
      switch (message.messageType) {
        case 'hello':
          browser = greet(socket, message.uaid)
          break
        case 'register': {
          const { channelID, key } = message
          mailbox.subscribe(channelID, { browser, ...(key ? { key } : {}) })
          const pushEndpoint = endpointOf(channelID)
          send(socket, { messageType: 'register', channelID, status: 200, pushEndpoint })
          break
        }
        case 'unregister':
          mailbox.end(message.channelID)
          send(socket, { messageType: 'unregister', channelID: message.channelID, status: 200 })
          break
        case 'ack':
          for (const { version } of message.updates) mailbox.acknowledge(browser, version)
          break
        case undefined:
          send(socket, {})
          break
        default:
          // nack, broadcast_subscribe: the protocol wants no answer.
          message satisfies never
      }
    })
    socket.on('close', () => {
      if (connected.get(browser) === socket) connected.delete(browser)
    })
  }

  return {
    accept,
    deliver,
    forget() {
      for (const browser of known) mailbox.endOf(browser)
      known = new Set()
      connected.forEach((socket) => socket.terminate())
    },
  }
}
