/**
 * A push service in a process of its own, for `push.ts`: takes everything, at once, by HTTP/2. Started
 * by `fork`; is told its certificate, says its port, and how each batch that it is told to expect has come.
 */
import { createSecureServer, type Http2ServerRequest } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export type Order = { cert: string; key: string } | { expect: number }

export interface Batch {
  /** When each was answered, ms, ascending. */
  times: number[]
  /** The first one: `body` in base64. */
  first: { path: string; body: string }
  /** That came more than once. */
  twice: number
}

let expected = 0
let seen = new Set<string>()
let [times, twice]: [number[], number] = [[], 0]
let first: Batch['first'] | null = null

async function take(request: Http2ServerRequest): Promise<void> {
  const body = await buffer(request)
  first ??= { path: request.url, body: body.toString('base64') }
  if (seen.has(request.url)) twice += 1
  seen.add(request.url)
}

function tell(): void {
  times.push(Date.now())
  if (seen.size < expected || !first) return
  const batch: Batch = { times, first, twice }
  process.send!(batch)
  expected = Infinity
}

function serve(certificate: { cert: string; key: string }): void {
  const server = createSecureServer(certificate, (request, response) => {
    void take(request).then(() => {
      response.writeHead(201, { location: `${request.url}/m` }).end()
      tell()
    })
  })
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
}

process.on('message', (order: Order) => {
  if ('cert' in order) return serve(order)
  expected = order.expect
  seen = new Set()
  ;[times, twice, first] = [[], 0, null]
})
process.on('disconnect', () => process.exit())
