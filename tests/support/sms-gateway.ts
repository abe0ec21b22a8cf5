/**
 * STAND-IN for an agency's SMS gateway: takes what comes by HTTP as it is told and sends nothing to anybody. What it cannot
 * show: what real gateways refuse.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Call {
  headers: IncomingHttpHeaders
  body: string
}

export interface Gateway {
  url: string
  calls: Call[]
  /** Status and headers of the next answers; without one it takes what comes. */
  answers: [number, Record<string, string>?][]
  /** Forgets what was. */
  reset(): void
  close(): void
}

export async function startGateway(): Promise<Gateway> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      gateway.calls.push({ headers: request.headers, body })
      const [status, headers] = gateway.answers.shift() ?? [204]
      response.writeHead(status, headers).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const gateway: Gateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls: [],
    answers: [],
    reset() {
      gateway.calls = []
      gateway.answers = []
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return gateway
}
