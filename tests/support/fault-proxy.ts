/**
 * A network of its own for one browser: a SOCKS proxy on loopback (`proxy` of tests/support/browsers.ts) that page,
 * worker and push go through, and that can be made as bad as real networks are, for one destination or for all, also
 * while connections are open.
 */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join, spell, type Bytes, type Fault } from './faults.ts'
import { readRequest, REFUSED, reply, SUCCEEDED, type Destination } from './socks.ts'

export interface FaultProxy {
  port: number
  /** A port for one destination, for whoever speaks no SOCKS: servers and relays. */
  door(destination: Destination): Promise<number>
  /** What the network does from now on to `destination` (`host:port`); without one, to all that have no fault of their own. */
  set(fault: Fault, destination?: string): void
  /** All is well again; with a destination, it has no fault of its own any more. */
  heal(destination?: string): void
  /** What was passed on so far. */
  bytes(destination?: string): Bytes
  /** Everything that was asked so far, in that order, and what came in answer to it, headers included. */
  answers(destination?: string): Answer[]
  /** Requests that wait for their answers now, as `GET /path`: what a server has open, whatever the app says of itself. */
  waiting(destination?: string): string[]
  close(): Promise<void>
}

export interface Answer {
  /** As `GET /path`. */
  request: string
  bytes: number
}

const PAGE = '<!doctype html><title>502</title><h1>502 Bad Gateway</h1>'
const CLOSED: Fault['kind'][] = ['refuse', 'reset', 'bad_gateway']

async function dial({ host, port }: Destination): Promise<Socket | null> {
  const server = connect({ host, port, allowHalfOpen: true, noDelay: true })
  server.on('error', () => undefined)
  await Promise.race([once(server, 'connect'), once(server, 'close')]).catch(() => undefined)
  return server.destroyed ? null : server
}

export async function startFaultProxy(): Promise<FaultProxy> {
  let everywhere = spell({ kind: 'ok' })
  const spells = new Map<string, typeof everywhere>()
  const counts = new Map<string, Bytes>()
  const open = new Map<Socket, string>()
  const answers: (Answer & { destination: string })[] = []
  /** The last request of each connection. */
  const requests = new Map<Socket, Answer>()
  const spellOf = (destination: string) => spells.get(destination) ?? everywhere
  let change = new AbortController()

  function changed(): void {
    for (const [client, destination] of open)
      if (CLOSED.includes(spellOf(destination).fault.kind)) client.resetAndDestroy()
    change.abort()
    change = new AbortController()
  }
  function heal(destination?: string): void {
    if (destination !== undefined) spells.delete(destination)
    else {
      spells.clear()
      everywhere = spell({ kind: 'ok' })
    }
    changed()
  }

  const gateway = createHttpServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(502, { 'content-type': 'text/html', connection: 'close' }).end(PAGE))
  })

  async function serve(client: Socket, { host, port }: Destination, say: (code: number) => void): Promise<void> {
    const destination = `${host}:${port}`
    open.set(client, destination)
    const { kind } = spellOf(destination).fault
    const server = kind === 'blackhole' || CLOSED.includes(kind) ? null : await dial({ host, port })
    if (client.destroyed) return void server?.destroy()
    if (kind === 'reset') client.once('readable', () => client.resetAndDestroy())
    if (kind === 'blackhole') client.resume()
    if (kind === 'bad_gateway') gateway.emit('connection', client)
    if (kind === 'reset' || kind === 'blackhole' || kind === 'bad_gateway') return say(SUCCEEDED)
    say(server ? SUCCEEDED : REFUSED)
    if (!server) return void client.end()
    const count = counts.get(destination) ?? { up: 0, down: 0 }
    counts.set(destination, count)
    await join({
      client,
      server,
      count,
      now: () => spellOf(destination),
      change: () => change.signal,
      asked(request) {
        const answer = { request, bytes: 0, destination }
        answers.push(answer)
        requests.set(client, answer)
      },
      answered(bytes) {
        const answer = requests.get(client)
        if (answer) answer.bytes += bytes
      },
    })
  }

  const listeners: Server[] = []
  async function listen(take: (client: Socket) => Promise<void>): Promise<number> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      client.on('error', () => undefined)
      client.once('close', () => open.delete(client))
      // Who has closed its end waits for nothing; in a half-open network the connection itself stays.
      for (const end of ['end', 'close']) client.once(end, () => requests.delete(client))
      take(client).catch(() => client.destroy())
    })
    listeners.push(listener)
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return (listener.address() as AddressInfo).port
  }

  return {
    port: await listen(async (client) => serve(client, await readRequest(client), (code) => reply(client, code))),
    // Whom nobody told that nobody listens sees the connection reset.
    door: (destination) =>
      listen((client) => serve(client, destination, (code) => code === REFUSED && client.resetAndDestroy())),
    set(fault, destination) {
      if (destination === undefined) everywhere = spell(fault)
      else spells.set(destination, spell(fault))
      changed()
    },
    heal,
    bytes(destination) {
      const all = destination === undefined ? [...counts.values()] : [counts.get(destination) ?? { up: 0, down: 0 }]
      return { up: all.reduce((sum, { up }) => sum + up, 0), down: all.reduce((sum, { down }) => sum + down, 0) }
    },
    answers: (where) => answers.filter(({ destination }) => (where ?? destination) === destination),
    waiting: (destination) =>
      [...requests].flatMap(([client, { request, bytes }]) =>
        bytes === 0 && (destination ?? open.get(client)) === open.get(client) ? request : [],
      ),
    async close() {
      heal()
      for (const client of open.keys()) client.destroy()
      const closed = listeners.map((listener) => once(listener.close(), 'close'))
      await Promise.all(closed)
    },
  }
}
