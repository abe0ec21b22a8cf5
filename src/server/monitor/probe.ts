/** One look at one address. An answer in time is good, everything else is a miss; nothing here throws. */
import * as v from 'valibot'
import { parseOrNull } from '../../core/parse.ts'
import { statusSchema, type RelayStatus } from '../../core/relay.ts'

export interface Probes {
  /** Whether a homeserver answers as one (client-server API, "GET /_matrix/client/versions"). */
  homeserver(base: string, timeout: number): Promise<boolean>
  /** Whether a relay says that it is well. */
  relay(base: string, timeout: number): Promise<boolean>
  /** A relay's or witness's own view; null: silent. */
  status(base: string, timeout: number): Promise<RelayStatus | null>
}

/** The JSON of a 200; null for anything else. A redirect counts as no answer: a portal's page is no homeserver. */
async function get(url: string, timeout: number): Promise<unknown> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeout) })
    if (response.status === 200) return await response.json()
    await response.body?.cancel()
    return null
  } catch {
    return null
  }
}

const versions = v.object({ versions: v.array(v.string()) })

export const httpProbes: Probes = {
  async homeserver(base, timeout) {
    return parseOrNull(versions, await get(`${base}/_matrix/client/versions`, timeout)) !== null
  },
  async relay(base, timeout) {
    return (await get(`${base}/health`, timeout)) !== null
  },
  async status(base, timeout) {
    return parseOrNull(statusSchema, await get(`${base}/v1/status`, timeout))
  },
}
