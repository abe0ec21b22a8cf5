/** One look at one address: null is well, else the reason. Nothing here throws. */
import { connect as connectTcp, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import * as v from 'valibot'
import { parseJson } from '../../core/parse.ts'
import { statusSchema, type RelayStatus } from '../../core/relay.ts'
import { ask, reasonOfError } from './ask.ts'
import { REASON, type Reason } from './reasons.ts'

export type Finding = Reason | null

export interface Probes {
  /** Whether a homeserver answers as one (client-server API, "GET /_matrix/client/versions"). */
  homeserver(base: string, timeout: number): Promise<Finding>
  /** Whether a relay says that it is well. */
  relay(base: string, timeout: number): Promise<Finding>
  /** A relay's or witness's own view; null: silent. */
  status(base: string, timeout: number): Promise<RelayStatus | null>
}

/** A JSON answer of shape `schema` with status 200. A redirect is none: a portal's page is no homeserver. */
async function json(schema: v.GenericSchema, url: string, timeout: number): Promise<Finding> {
  const answer = await ask(url, timeout)
  if (!answer.ok) return answer.reason
  if (answer.status !== 200) return REASON.status
  return parseJson(schema, answer.text).ok ? null : REASON.text
}

const versions = v.object({ versions: v.array(v.string()) })
const server = v.object({ server: v.object({ version: v.string() }) })
const file = v.object({ v: v.literal(1), serial: v.number() })

/** A day's list of alerts makes a status long; nobody's is longer than this, bytes. */
const LARGEST_STATUS = 1024 * 1024

export const httpProbes: Probes = {
  homeserver: (base, timeout) => json(versions, `${base}/_matrix/client/versions`, timeout),
  relay: (base, timeout) => json(v.unknown(), `${base}/health`, timeout),
  async status(base, timeout) {
    const answer = await ask(`${base}/v1/status`, timeout, LARGEST_STATUS)
    const status = answer.ok && answer.status === 200 ? parseJson(statusSchema, answer.text) : null
    return status?.ok ? status.value : null
  },
}

/** Federation answers as such (server-server API, "GET /_matrix/federation/v1/version"). */
export const federation = (base: string, timeout: number) =>
  json(server, `${base}/_matrix/federation/v1/version`, timeout)

/** The web host hands out the deployment file. */
export const webHost = (base: string, timeout: number) => json(file, `${base}/notanker.json`, timeout)

/** A web address; without `status` anything that is no error will do, also a redirect to a sign-in. */
export async function web(
  url: string,
  timeout: number,
  expect: { status?: number | undefined; text?: string | undefined } = {},
): Promise<Finding> {
  const answer = await ask(url, timeout)
  if (!answer.ok) return answer.reason
  const { status, text } = expect
  if (status === undefined ? answer.status >= 400 : answer.status !== status) return REASON.status
  return text === undefined || answer.text.includes(text) ? null : REASON.text
}

/** Whether somebody listens there. */
export function tcp(host: string, port: number, timeout: number): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port })
    const end = (finding: Finding) => (socket.destroy(), resolve(finding))
    socket.setTimeout(timeout, () => end(REASON.silent))
    socket.once('connect', () => end(null))
    socket.once('error', (error) => end(reasonOfError(error)))
  })
}

/** Whether the certificate there holds, and for how long: less than `days` is too short. */
export function certificate(host: string, port: number, days: number, timeout: number, now: number): Promise<Finding> {
  return new Promise((resolve) => {
    // An address is no name to ask for (RFC 6066, section 3).
    const socket = connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }) })
    const end = (finding: Finding) => (socket.destroy(), resolve(finding))
    socket.setTimeout(timeout, () => end(REASON.silent))
    socket.once('error', (error) => end(reasonOfError(error)))
    socket.once('secureConnect', () => {
      const left = Date.parse(socket.getPeerCertificate().valid_to) - now
      end(left < days * 24 * 3600_000 ? REASON.expiring : null)
    })
  })
}
