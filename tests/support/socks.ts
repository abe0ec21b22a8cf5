/** The part of SOCKS 5 (RFC 1928) that a browser speaks to a proxy on its own machine: no sign-in, CONNECT. */
import type { Socket } from 'node:net'

const VERSION = 5
const NO_SIGN_IN = 0
const CONNECT = 1
const IPV4 = 1
const DOMAIN = 3
const IPV6 = 4

export const SUCCEEDED = 0
export const REFUSED = 5
const NOT_SUPPORTED = 7

export interface Destination {
  host: string
  port: number
}

/** Exactly `size` bytes. Throws when the socket ends before. */
async function take(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(size) as Buffer | null
    if (bytes?.length === size) return bytes
    if (bytes || socket.readableEnded || socket.destroyed) throw new Error('ended in the middle of the handshake')
    await new Promise<void>((resolve) => {
      const go = () => {
        socket.off('readable', go).off('end', go).off('close', go)
        resolve()
      }
      socket.on('readable', go).on('end', go).on('close', go)
    })
  }
}

const groups = (bytes: Buffer) => Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':')

async function takeHost(socket: Socket, kind: number): Promise<string> {
  switch (kind) {
    case IPV4:
      return (await take(socket, 4)).join('.')
    case IPV6:
      return groups(await take(socket, 16))
    case DOMAIN:
      return (await take(socket, (await take(socket, 1))[0]!)).toString('latin1')
    default:
      throw new Error(`address of kind ${kind}`)
  }
}

/** How the connection went; from a success on the socket belongs to both ends. */
export function reply(socket: Socket, code: number): void {
  socket.write(Buffer.from([VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0]))
}

/** Where the browser wants to go; `reply` has to follow. Throws for whatever is not that. */
export async function readRequest(socket: Socket): Promise<Destination> {
  const [version, methods] = await take(socket, 2)
  if (version !== VERSION || !(await take(socket, methods!)).includes(NO_SIGN_IN)) throw new Error('not SOCKS 5')
  socket.write(Buffer.from([VERSION, NO_SIGN_IN]))
  const [, command, , kind] = await take(socket, 4)
  const host = await takeHost(socket, kind!)
  const port = (await take(socket, 2)).readUInt16BE()
  if (command === CONNECT) return { host, port }
  reply(socket, NOT_SUPPORTED)
  throw new Error(`command ${command}`)
}
