/** How many phones would ring: counts without names. Rules FLEET-* in docs/spec.md. Pure. */
import * as v from 'valibot'
import type { PersonId } from './ids.ts'
import { PLATFORMS, type Device } from './relay.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const counts = v.object({
  devices: count,
  /** Of them on the home screen, and with a push that arrived in the last 7 and 30 days. */
  installed: count,
  proven_7: count,
  proven_30: count,
})
export type FleetCounts = v.InferOutput<typeof counts>

/** `GET /v1/fleet`. `people`: of the agency's rooms; `reachable`: of them with a device. */
export const fleetReply = v.object({
  v: v.literal(1),
  people: count,
  reachable: count,
  platforms: v.object({ android: counts, ios: counts, desktop: counts }),
})
export type Fleet = v.InferOutput<typeof fleetReply>

const DAY = 24 * 3600_000

/** Counts the devices of `people`; `now` in ms. */
export function fleetOf(
  people: ReadonlySet<PersonId>,
  all: readonly { person: PersonId; device: Device }[],
  now: number,
): Fleet {
  const ours = all.filter(({ person }) => people.has(person))
  const countOf = (platform: Device['platform']): FleetCounts => {
    const some = ours.flatMap(({ device }) => (device.platform === platform ? [device] : []))
    const provenFor = (ms: number) => some.filter(({ proven }) => proven !== undefined && now - proven <= ms).length
    return {
      devices: some.length,
      installed: some.filter(({ installed }) => installed === true).length,
      proven_7: provenFor(7 * DAY),
      proven_30: provenFor(30 * DAY),
    }
  }
  const [android, ios, desktop] = PLATFORMS.map(countOf) as [FleetCounts, FleetCounts, FleetCounts]
  const reachable = new Set(ours.map(({ person }) => person)).size
  return { v: 1, people: people.size, reachable, platforms: { android, ios, desktop } }
}
