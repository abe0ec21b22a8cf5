/** The relay's log: JSON lines on stdout. It names alerts, rooms and devices' fates, never people, tokens or endpoints. */
import { pino, type Logger } from 'pino'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export const createLog = (relay: string): Log => pino({ base: { relay } })

/** What of an error goes into the log: its message, which by `HomeserverError`'s design holds no query and no token. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
