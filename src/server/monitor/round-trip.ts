/**
 * The round trip: the bot sends a to-device message to itself and waits for it in its own sync. It proves that the
 * homeserver takes, keeps and delivers, and leaves no event. Only the relay beside a homeserver can do it. SWITCH-2.
 *
 * What speaks of the bot and not of the homeserver (a refused token, a limit, a bot that is busy) says nothing.
 */
import { randomUUID } from 'node:crypto'
import type { UserId } from '../../core/ids.ts'
import type { Clock } from '../clock.ts'
import { HomeserverError, type Homeserver } from '../homeserver.ts'
import type { Finding } from './probe.ts'
import { REASON } from './reasons.ts'

/** Type of the to-device message. */
export const PING = 'de.notanker.ping'

export interface RoundTrip {
  look(timeout: number): Promise<Finding | undefined>
  /** A to-device message has come in the bot's sync. */
  heard(type: string, content: Record<string, unknown>): void
}

interface Ports {
  homeserver: Pick<Homeserver, 'device' | 'sendToDevice'>
  user: UserId
  /** Whether the bot hears what is sent to it now: while it starts, or reads a long past, it does not. */
  listens: () => boolean
  clock: Clock
}

export function createRoundTrip({ homeserver, user, listens, clock }: Ports): RoundTrip {
  const waiting = new Map<string, () => void>()
  let device: string | null = null

  async function look(timeout: number): Promise<Finding | undefined> {
    const id = randomUUID()
    let cancel = () => {}
    const back = new Promise<Finding | undefined>((resolve) => {
      waiting.set(id, () => resolve(null))
      cancel = clock.after(timeout, () => resolve(listens() ? REASON.undelivered : undefined))
    })
    try {
      device ??= await homeserver.device(timeout)
      if (device === null) return undefined
      await homeserver.sendToDevice(PING, user, device, { id }, id, timeout)
      return await back
    } catch (error) {
      if (!(error instanceof HomeserverError)) throw error
      if (error.status === 0) return REASON.silent
      return error.status >= 500 ? REASON.broken : undefined
    } finally {
      cancel()
      waiting.delete(id)
    }
  }

  return {
    look,
    heard(type, { id }) {
      if (type === PING && typeof id === 'string') waiting.get(id)?.()
    },
  }
}
