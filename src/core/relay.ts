/** Bodies of the relay's HTTP interface, as both ends read them (docs/protocol.md, "The relay's HTTP"). */
import * as v from 'valibot'
import { responseSchema } from './response.ts'
import { roomId, timestamp, uuid } from './ids.ts'

const siteReport = v.object({
  up: v.nullable(v.boolean()),
  since: timestamp,
  checks: v.object({ homeserver: v.nullable(v.boolean()), relay: v.nullable(v.boolean()) }),
  /** Fell several times of late: it is not called up before it has held for longer (SWITCH-3). */
  unsteady: v.optional(v.boolean(), false),
})

/** What is looked at. Only `homeserver` and `round_trip` make a site down (SWITCH-1). */
export const CHECKS = ['homeserver', 'round_trip', 'federation', 'sign_in', 'relay', 'web_host', 'service'] as const
export type CheckKind = (typeof CHECKS)[number]

/** One thing that a monitor looks at, and how it found it. Relays of a later version may know more kinds and reasons. */
const observation = v.object({
  id: v.string(),
  kind: v.string(),
  site: v.optional(v.string()),
  /** Names of a workplace service, by language. */
  name: v.optional(v.object({ de: v.string(), en: v.string() })),
  ok: v.nullable(v.boolean()),
  since: timestamp,
  /** Why it was last found wanting, in words; none while all is well. */
  reason: v.optional(v.string()),
})
export type Observation = v.InferOutput<typeof observation>

/** `GET /v1/status`: public, no personal data. */
export const statusSchema = v.object({
  v: v.literal(1),
  relay: v.string(),
  at: timestamp,
  epoch: v.number(),
  sites: v.record(v.string(), siteReport),
  verdict: v.record(v.string(), v.fallback(v.picklist(['up', 'down', 'unknown']), 'unknown')),
  active_site: v.nullable(v.string()),
  /** Since when, ms; null where no declaration is known. */
  active_since: v.optional(v.nullable(timestamp), null),
  /** Whether the active site was declared as a drill. */
  exercise: v.optional(v.boolean(), false),
  observed: v.optional(v.array(observation), []),
  /** Of the deployment file that this relay follows. */
  serial: v.optional(v.number()),
  /** Why a newer deployment file was not taken over; null: all is well. */
  refused_file: v.optional(v.nullable(v.string()), null),
  /** Alerts of the last day that this relay has pushed: the id, from revision 1 on `<id>.<rev>`. */
  sent: v.array(v.string()),
})
export type RelayStatus = v.InferOutput<typeof statusSchema>

/** `POST /v1/session`: a Matrix OpenID token (spec, "OpenID") for a bearer of this deployment's relays. */
export const sessionRequest = v.object({
  openid: v.object({
    access_token: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
    matrix_server_name: v.pipe(v.string(), v.maxLength(255)),
  }),
  device: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
})
export const sessionReply = v.object({ bearer: v.string(), expires: timestamp })

export const PLATFORMS = ['android', 'ios', 'desktop'] as const

/** Most rooms that a device can mute. */
export const MAX_MUTED = 64

/** `PUT /v1/devices/<id>`. Keys are base64url (RFC 8291, section 3.1). */
export const deviceSchema = v.object({
  v: v.literal(1),
  subscription: v.object({
    endpoint: v.pipe(v.string(), v.url(), v.maxLength(1024)),
    keys: v.object({
      p256dh: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{87}=?$/)),
      auth: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}={0,2}$/)),
    }),
    /** The public key that it was made for (PUSH-24), base64url; apps of version 0.1 do not tell. */
    vapid: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{87}$/))),
  }),
  platform: v.picklist(PLATFORMS),
  lang: v.picklist(['de', 'en']),
  app_version: v.pipe(v.string(), v.maxLength(32)),
  /** Sites that no longer know this device's session (READY-8). */
  expired: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(32)), []),
  /** Rooms whose messages do not ring on this device (PUSH-28). */
  muted: v.optional(v.pipe(v.array(roomId), v.maxLength(MAX_MUTED)), []),
  /** On the home screen (FLEET-1); apps of version 0.1 tell neither this nor the next. */
  installed: v.optional(v.boolean()),
  /** When a push last arrived here, ms. */
  proven: v.optional(timestamp),
})
export type Device = v.InferOutput<typeof deviceSchema>

/** `POST /v1/devices/<id>/test` → `{ id, sent_at }`; the push carries the same. */
export const testReply = v.object({ id: uuid, sent_at: timestamp })

/** How long a relay knows an alert, ms. */
export const ALERT_MEMORY = 7 * 24 * 3600_000

/** `POST /v1/responses`. */
export const responsesRequest = v.object({
  v: v.literal(1),
  responses: v.pipe(v.array(responseSchema), v.minLength(1), v.maxLength(100)),
})
export const responsesReply = v.object({
  registered: v.array(v.string()),
  refused: v.array(
    v.object({
      id: v.string(),
      // A newer relay's reason: the answer is refused all the same.
      reason: v.fallback(v.picklist(['unknown_alert', 'not_in_audience', 'unknown_key']), 'unknown_key'),
    }),
  ),
})
export type ResponsesReply = v.InferOutput<typeof responsesReply>

/** Errors of the relay, in Matrix's shape. */
export const errorReply = v.object({ errcode: v.string(), error: v.string(), retry_after_ms: v.optional(v.number()) })
