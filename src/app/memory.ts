/** What the app remembers in the settings: one schema a key, so that whoever reads gets a typed value or null. */
import * as v from 'valibot'
import { deploymentSchema } from '../core/deployment.ts'
import { personId, roomId, timestamp, userId } from '../core/ids.ts'
import { parseOrNull } from '../core/parse.ts'
import type { Settings } from '../core/ports.ts'

const account = v.object({
  site: v.string(),
  user: userId,
  device: v.string(),
  access_token: v.string(),
  homeserver: v.string(),
})

const answers = v.record(v.string(), v.object({ up: v.nullable(v.boolean()), since: timestamp }))

/** What the window that leads tells all windows, and the next start, of the sites. Times in ms. */
export const statusSchema = v.object({
  /** The site in use, and since when. */
  site: v.nullable(v.string()),
  since: timestamp,
  sync: v.picklist(['connecting', 'live', 'failing', 'signed_out']),
  /** When a homeserver last answered us. */
  exchanged_at: v.nullable(timestamp),
  /** Of each site: whether it answers, and since when that is so. */
  answers,
  /** A relay answers, at a time when no homeserver does: then it is not the network that is missing. */
  relayed: v.optional(v.boolean()),
  /** `answers` of the run before: what is known until somebody has answered. */
  last: v.optional(answers),
})
export type Status = v.InferOutput<typeof statusSchema>

const schemas = {
  session: v.object({ person: personId, name: v.string(), device: v.string(), accounts: v.array(account) }),
  deployment: deploymentSchema,
  language: v.picklist(['de', 'en']),
  /** The steps after the first sign-in are still to be done. */
  welcome: v.boolean(),
  status: statusSchema,
  /** Of each site: whether its homeserver still knows the session, and when it last said so. */
  sessions: v.record(v.string(), v.object({ holds: v.boolean(), at: timestamp, locked: v.optional(v.boolean()) })),
  /** When the rooms that were offered at a site were last joined there. */
  offered: v.record(v.string(), timestamp),
  /** Of each site how often its homeserver was restored from a copy, as far as this device has heeded it. */
  epochs: v.record(v.string(), v.number()),
  /** How far the relays' clock is ahead of this device's own, ms. */
  clock: v.object({ offset: v.pipe(v.number(), v.integer()), at: timestamp }),
  /** Rooms whose people are all known: before, a head count would be too low. */
  counted: v.array(roomId),
  /** Good at every relay, for the device of one sign-in only. */
  bearer: v.object({ bearer: v.string(), expires: timestamp, device: v.string() }),
  /** My answer to each alert, by the alert's id; the outbox forgets after a day. */
  responses: v.record(v.string(), v.object({ id: v.string(), key: v.string(), at: timestamp })),
  /** `since` of the last switch that the person has seen, or that was before the sign-in. */
  seen_switch: timestamp,
  /** Since when relays ring for what stands in no room yet, by revision (`sentKey`). */
  alarms: v.record(v.string(), timestamp),
  /** The person, or something that was found out, asks for everything to be looked at now. */
  ask: timestamp,
  /** The relays that know where this device is rung, and the address that they were told. */
  registered: v.object({ endpoint: v.string(), relays: v.array(v.string()), at: timestamp }),
  /** Rooms whose messages do not ring on this device. */
  muted: v.array(roomId),
  /** Push was allowed or withdrawn on this device. */
  push_changed: timestamp,
  /** The last self-test that this device has asked for. */
  self_test: v.object({ id: v.string(), sent_at: timestamp, asked_at: timestamp, endpoint: v.string() }),
} satisfies Record<string, v.GenericSchema>

export type MemoryKey = keyof typeof schemas
export type Remembered<K extends MemoryKey> = v.InferOutput<(typeof schemas)[K]>

/** Null when there is nothing, or nothing that this version can read. */
export const recall = async <K extends MemoryKey>(settings: Settings, key: K): Promise<Remembered<K> | null> =>
  parseOrNull(schemas[key], await settings.get(key))

/** The bearer that the device of this sign-in has, while it holds; `now` in ms. */
export async function heldBearer(settings: Settings, device: string | undefined, now: number): Promise<string | null> {
  const held = await recall(settings, 'bearer')
  return held && held.device === device && held.expires > now ? held.bearer : null
}

/** `null` forgets. */
export const remember = <K extends MemoryKey>(settings: Settings, key: K, value: Remembered<K> | null): Promise<void> =>
  settings.set(key, value)
