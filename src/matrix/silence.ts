/** What the SDK would write to the console: rooms, names and addresses. Nobody reads it there. */
import type { ICreateClientOpts } from 'matrix-js-sdk'

const nothing = () => {}
export const silence: NonNullable<ICreateClientOpts['logger']> = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  getChild: () => silence,
}
