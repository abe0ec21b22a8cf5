/** What a network can do to connections, and a pipe between two sockets that does it. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export type Fault =
  | { kind: 'ok' }
  /** Nobody listens; what was open is reset. */
  | { kind: 'refuse' }
  /** Accepted, then reset; what was open, too. */
  | { kind: 'reset' }
  /** Accepted, then silence. A connection that was in it stays silent for ever, as behind a NAT that has forgotten it. */
  | { kind: 'blackhole' }
  /** Nothing moves either way until it is over; then everything goes on where it was. */
  | { kind: 'stall' }
  /** Requests arrive and their answers never do, also afterwards on the same connection. */
  | { kind: 'halfopen' }
  /** Every connection is reset once this many more bytes have come down. */
  | { kind: 'cut'; after: number }
  /** A request that writes (PUT, POST) arrives, and its connection is reset before the answer. */
  | { kind: 'unanswered' }
  /** Something before the server answers each request with a page of its own. */
  | { kind: 'bad_gateway' }
  /** All connections together get so many bytes a second each way; each byte is late by half of `latency_ms` each way. */
  | { kind: 'slow'; bytes_per_s?: number; latency_ms?: number }

export interface Bytes {
  /** From the browser, and to it: what was passed on. */
  up: number
  down: number
}
type Way = keyof Bytes

/** A fault while it lasts. */
export interface Spell {
  fault: Fault
  /** When the next byte may go at the given rate, ms of `performance.now`. */
  free: Bytes
}
export const spell = (fault: Fault): Spell => ({ fault, free: { up: 0, down: 0 } })

/** What a pipe has to do with: its two ends, and the network between them, whose spell may change at any time. */
export interface Link {
  client: Socket
  server: Socket
  now(): Spell
  /** Aborted at the next change of any spell. */
  change(): AbortSignal
  count: Bytes
  /** The browser has sent the beginning of a request. */
  asked(request: string): void
  /** So many bytes have come in answer to it. */
  answered(bytes: number): void
}

/** What may be under way on a connection at once, as a TCP window. */
const WINDOW = 256 * 1024
/** A slow network passes pieces of this much of a second, so that connections share it. */
const PIECE_S = 0.1
/** How a request begins: browsers begin one with a segment of its own. */
const METHOD = /^[A-Z]+ \S+/
const WRITES = /^(PUT|POST) /
/** As long as a timer can wait, ms. */
const FOREVER = 2 ** 31 - 1

/** Until then (ms of `performance.now`), but not beyond the end of the spell; whether it still lasts. */
async function rest(link: Link, until: number, during: Spell): Promise<boolean> {
  for (;;) {
    if (link.now() !== during) return false
    const left = until - performance.now()
    if (left <= 0) return true
    await pause(Math.min(left, FOREVER), undefined, { signal: link.change() }).catch(() => undefined)
  }
}

/** Joins the two ends until both are closed. */
export async function join(link: Link): Promise<void> {
  /** Ways on which nothing will ever come again. */
  const silent = new Set<Way>()
  let since = { spell: link.now(), down: 0 }
  /** The last request of the browser writes something. */
  let writes = false

  function reset(): void {
    link.client.resetAndDestroy()
    link.server.resetAndDestroy()
  }

  async function write(to: Socket, bytes: Buffer, way: Way): Promise<void> {
    link.count[way] += bytes.length
    if (way === 'down') {
      since.down += bytes.length
      link.answered(bytes.length)
    }
    if (to.destroyed || to.write(bytes)) return
    await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => undefined)
  }

  /** How many of `size` bytes may go now; waits for them where they have to. Null: look again. */
  async function allow(size: number, arrived: number, way: Way): Promise<number | null> {
    const during = link.now()
    if (since.spell !== during) since = { spell: during, down: 0 }
    const { fault, free } = during
    switch (fault.kind) {
      case 'stall':
        await rest(link, Infinity, during)
        return null
      case 'blackhole':
        silent.add(way)
        return null
      case 'halfopen':
        if (way === 'up') return size
        silent.add(way)
        return null
      case 'cut':
        if (way === 'up') return size
        if (since.down < fault.after) return Math.min(size, fault.after - since.down)
        reset()
        return null
      case 'unanswered':
        if (way === 'up' || !writes) return size
        reset()
        return null
      case 'slow': {
        const { bytes_per_s = Infinity, latency_ms = 0 } = fault
        const piece = Math.min(size, Math.max(1, Math.floor(bytes_per_s * PIECE_S)))
        const begins = Math.max(arrived + latency_ms / 2, free[way])
        free[way] = begins + (piece / bytes_per_s) * 1000
        return (await rest(link, free[way], during)) ? piece : null
      }
      case 'ok':
      case 'refuse':
      case 'reset':
      case 'bad_gateway':
        return size
      default:
        return fault satisfies never
    }
  }

  /** Passes bytes on as the network does at that moment, which may change in the middle of them. */
  async function pass(to: Socket, bytes: Buffer, arrived: number, way: Way): Promise<void> {
    const begins = way === 'up' && METHOD.exec(bytes.toString('latin1'))
    if (begins) {
      writes = WRITES.test(begins[0])
      link.asked(begins[0])
    }
    let left = bytes
    while (left.length && !to.destroyed && !silent.has(way)) {
      const size = await allow(left.length, arrived, way)
      if (size === null) continue
      await write(to, left.subarray(0, size), way)
      left = left.subarray(size)
    }
  }

  /** The end of a connection takes the same way as its bytes. */
  async function passEnd(to: Socket, way: Way, end: () => void): Promise<void> {
    while (!to.destroyed && !silent.has(way)) if ((await allow(0, performance.now(), way)) !== null) return end()
  }

  async function pump(from: Socket, to: Socket, way: Way): Promise<void> {
    let underWay = 0
    let tail = Promise.resolve()
    try {
      for await (const bytes of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const arrived = performance.now()
        underWay += bytes.length
        tail = tail.then(() => pass(to, bytes, arrived, way)).then(() => void (underWay -= bytes.length))
        if (underWay > WINDOW) await tail
      }
      await tail
      await passEnd(to, way, () => to.end())
    } catch {
      await passEnd(to, way, reset)
    }
  }

  // A browser that has closed its end waits for nothing any more.
  link.client.once('close', () => link.server.destroy())
  await Promise.all([pump(link.client, link.server, 'up'), pump(link.server, link.client, 'down')])
}
