/** What an agency runs beside its homeservers, so that monitors have it to look at: on real ports, and each can be broken. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { makeCertificate, type Certificate } from './certificate.ts'

export interface Workplace {
  ports: {
    /** The sign-in service, and a portal that says `PORTAL`. */
    sign_in: number
    portal: number
    telephone: number
    /** Speaks TLS, with a certificate for ninety days. */
    mail: number
  }
  /** For `NODE_EXTRA_CA_CERTS` of whoever looks at it. */
  trusted: string
  /** The sign-in service answers 503, the portal that it is being serviced, nobody listens for the telephone, the certificate ends in five days. */
  fail(): Promise<void>
  /** All is well again. */
  heal(): Promise<void>
  close(): Promise<void>
}

export const PORTAL = 'Notfallarbeitsplatz'
const LASTS = 90
const HOST = '127.0.0.1'

async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
const end = async (server: Server) => void (await once(server.close(), 'close'))

export async function startWorkplace(): Promise<Workplace> {
  const certificates = { good: makeCertificate(LASTS), ending: makeCertificate(5) }
  let fails = false
  const signIn = createHttpServer((_, response) => response.writeHead(fails ? 503 : 200).end())
  const portal = createHttpServer((_, response) => response.end(fails ? 'Wartungsarbeiten' : PORTAL))
  const telephone = createServer((caller) => caller.on('error', () => undefined).end())
  const mail = createTlsServer(certificates.good, (client) => client.on('error', () => undefined).end())
  mail.on('tlsClientError', () => undefined)
  const ports = {
    sign_in: await listen(signIn),
    portal: await listen(portal),
    telephone: await listen(telephone),
    mail: await listen(mail),
  }
  const present = ({ cert, key }: Certificate) => mail.setSecureContext({ cert, key })
  return {
    ports,
    trusted: certificates.good.cert + certificates.ending.cert,
    async fail() {
      fails = true
      present(certificates.ending)
      await end(telephone)
    },
    async heal() {
      fails = false
      present(certificates.good)
      if (!telephone.listening) await listen(telephone, ports.telephone)
    },
    async close() {
      await Promise.all([signIn, portal, telephone, mail].filter(({ listening }) => listening).map(end))
      for (const certificate of Object.values(certificates)) certificate.remove()
    },
  }
}
