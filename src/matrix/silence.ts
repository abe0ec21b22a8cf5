/** The SDK writes rooms, names and addresses to the console. Nobody reads them there, and others might. */
import type { ICreateClientOpts } from 'matrix-js-sdk'
import { logger as everywhere } from 'matrix-js-sdk/lib/logger.js'

const nothing = () => {}
/** The logger of our clients. */
export const silence: NonNullable<ICreateClientOpts['logger']> = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  getChild: () => silence,
}
// Parts of the SDK use its own one, whatever a client was given.
Object.assign(everywhere, { ...silence, log: nothing })
