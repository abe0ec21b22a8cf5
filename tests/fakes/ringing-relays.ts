/** Relays that ring for the same alerts: their dispatch and registers are real, what they know and whom they post to is not. */
import { foldAlerts, type AlertContent, type AlertRevision } from '../../src/core/alert.ts'
import type { PersonId, RoomId, UserId } from '../../src/core/ids.ts'
import type { RelayStatus } from '../../src/core/relay.ts'
import type { Schedules } from '../../src/core/repeating.ts'
import { createDispatch } from '../../src/server/push/dispatch.ts'
import type { Job } from '../../src/server/push/sender.ts'
import { reachLog } from '../../src/server/push/reach-log.ts'
import { sentLog } from '../../src/server/push/sent-log.ts'
import { openStore } from '../../src/server/store.ts'
import { alertContent, ALL, deploymentOf, person, silentLog, UNIT } from './agency.ts'
import { memoryRegister } from './device-register.ts'
import { ManualClock, settled } from './manual-clock.ts'
import { createPhone } from './phone.ts'

export const PATIENCE = 15_000
const MEMBERS: Record<RoomId, string[]> = { [ALL]: ['anna', 'ben'], [UNIT]: ['ben', 'cleo'] }

const ONCE: Schedules = { Extreme: null, Severe: null, Moderate: null, Minor: null }

/** Some relays with their own registers, who all see the same rooms and read each other's status. */
export async function ringingRelays({
  sites = ['a', 'b', 'c'],
  schedules = ONCE,
}: { sites?: string[]; schedules?: Schedules } = {}) {
  const clock = new ManualClock()
  const revisions: AlertRevision[] = []
  const answered = new Set<PersonId>()
  const dead = new Set<string>()
  const file = deploymentOf(sites)
  const register = memoryRegister()
  for (const name of ['anna', 'ben', 'cleo']) {
    const { device } = createPhone(`https://fcm.googleapis.com/${name}`, { lang: name === 'ben' ? 'en' : 'de' })
    await register.put({ id: `phone-${name}`, person: person(name), device, seen: 1 })
  }
  const knowledge = {
    alerts: () => foldAlerts(revisions),
    audience: (alert: { rooms: RoomId[] }) => new Set(alert.rooms.flatMap((r) => MEMBERS[r] ?? []) as PersonId[]),
    answered: () => answered,
  }
  const stores = new Map(sites.map((id) => [id, openStore(null)]))
  const sentOf = (id: string) => sentLog(stores.get(id)!)
  const reachOf = (id: string) => reachLog(stores.get(id)!)
  const peer = (id: string) =>
    dead.has(id) ? null : ({ relay: id, sent: sentOf(id).list(clock.now()) } as Partial<RelayStatus> as RelayStatus)
  const start = (self: string) => {
    const jobs: Job[] = []
    const dispatch = createDispatch({
      self,
      patience: PATIENCE,
      deployment: () => file,
      knowledge,
      schedules,
      peer,
      sent: sentOf(self),
      reach: reachOf(self),
      devices: register,
      sender: { enqueue: (job) => void jobs.push(job) },
      clock,
      log: silentLog,
    })
    const look = async () => {
      if (!dead.has(self)) dispatch.consider()
      await settled()
    }
    return { jobs, look, registered: dispatch.registered, rung: () => jobs.map((j) => j.device.person).toSorted() }
  }
  const relays = Object.fromEntries(sites.map((id) => [id, start(id)]))
  const send = (changes: Partial<AlertContent> = {}, room: RoomId = ALL, sender: UserId = '@chief:a.example') => {
    const content = alertContent(clock.now(), changes)
    const event_id = `$${revisions.length}` as const
    revisions.push({ content, event_id, room_id: room, sender, at: clock.now() })
  }
  const look = async () => {
    for (const relay of Object.values(relays)) await relay.look()
  }
  const rung = () => Object.fromEntries(Object.entries(relays).map(([id, r]) => [id, r.rung()]))
  return { clock, dead, answered, knowledge, register, relays, start, send, look, rung, sentOf, reachOf, file }
}
/** Of the room for all. */
export const EVERYBODY = ['anna', 'ben']
