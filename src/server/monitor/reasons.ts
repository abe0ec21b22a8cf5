/** Why something was found wanting, in words: they stand in `/v1/status`, and the status page knows them in German. */
export const REASON = {
  silent: 'no answer in time',
  refused: 'no connection',
  status: 'answers with another status than expected',
  text: 'answers with something else than expected',
  expired: 'its certificate does not hold',
  expiring: 'its certificate expires soon',
  undelivered: 'takes messages and does not deliver them',
  broken: 'answers and takes no messages',
} as const
export type Reason = (typeof REASON)[keyof typeof REASON]
