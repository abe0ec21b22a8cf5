/** One careful request: no redirect is followed, a body is read up to a limit, and all of it within one time. */
import { REASON, type Reason } from './reasons.ts'

export type Answer = { ok: true; status: number; text: string } | { ok: false; reason: Reason }

/** Reads at most `limit` bytes and leaves the rest unread. */
async function read(response: Response, limit: number): Promise<string> {
  const decoder = new TextDecoder()
  let [text, size] = ['', 0]
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk.subarray(0, limit - size), { stream: true })
    size += chunk.length
    // Leaving the loop ends the stream, and with it the connection.
    if (size >= limit) break
  }
  return text + decoder.decode()
}

/** What Node calls a certificate that does not hold: `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, `DEPTH_ZERO_SELF_SIGNED_CERT`, … */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/

/** Why a connection failed, from the error of `fetch`, `net` or `tls`. */
export function reasonOfError(error: unknown): Reason {
  const { name, cause, code } = error as { name?: string; cause?: { code?: unknown }; code?: unknown }
  if (name === 'TimeoutError' || name === 'AbortError') return REASON.silent
  const why = String(code ?? cause?.code ?? '')
  if (CERTIFICATE.test(why)) return REASON.expired
  return /TIMEOUT/.test(why) ? REASON.silent : REASON.refused
}

/** Never throws. `timeout` in ms for all of it, `limit` in bytes. */
export async function ask(url: string, timeout: number, limit = 256 * 1024): Promise<Answer> {
  try {
    // A connection of its own: one that was kept says nothing of what somebody meets who comes now, a certificate least of all.
    const headers = { connection: 'close' }
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) })
    return { ok: true, status: response.status, text: await read(response, limit) }
  } catch (error) {
    return { ok: false, reason: reasonOfError(error) }
  }
}
