/** Rings for messages in the rooms that people write in. Rules PUSH-26 to PUSH-29 in docs/spec.md, ADR 18. */
import type { Deployment } from '../../core/deployment.ts'
import type { RoomEvent } from '../../core/event.ts'
import type { PersonId, RoomId, SiteId } from '../../core/ids.ts'
import { pushOfRoom } from '../../core/push.ts'
import type { AgencyRoom } from '../../core/room.ts'
import type { RelayStatus } from '../../core/relay.ts'
import { ringingMessage, ROOM_QUIET } from '../../core/room-message.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { Clock } from '../clock.ts'
import type { DeviceRegister, RegisteredDevice } from '../devices/register.ts'
import { reasonOf, type Log } from '../log.ts'
import type { Sender } from './sender.ts'
import { topicOf } from './topic.ts'

export interface RoomBell {
  /** Events that have just come into rooms of the agency. */
  heard(events: readonly RoomEvent[]): void
  stop(): Promise<void>
}

interface Ports {
  self: SiteId
  deployment: () => Deployment
  /** The declared site, null while the rooms are not known yet, and since when, ms; null: without a declaration. */
  active: () => Pick<RelayStatus, 'active_site' | 'active_since'>
  knowledge: Pick<Knowledge, 'rooms' | 'people'>
  devices: Pick<DeviceRegister, 'ofPeople'>
  sender: Pick<Sender, 'enqueue'>
  clock: Clock
  log: Log
}

/** A message is worth its ringing so long, ms. */
const WORTH = 4 * 3600_000
/** As many messages are known again when a copy comes. */
const REMEMBERED = 5_000

export function createRoomBell(ports: Ports): RoomBell {
  const { self, deployment, active, knowledge, devices, sender, clock, log } = ports
  const known = new Set<string>()
  /** Rooms that have just rung, with who has written there since. */
  const quiet = new Map<RoomId, { from: Set<PersonId>; cancel: () => void }>()
  const ringing = new Set<Promise<void>>()

  function isNew(message: string): boolean {
    if (known.has(message)) return false
    known.add(message)
    if (known.size > REMEMBERED) known.delete(known.values().next().value!)
    return true
  }

  function push(room: AgencyRoom, device: RegisteredDevice): void {
    const payload = JSON.stringify(pushOfRoom(deployment().app, room, device.device.lang))
    sender.enqueue({
      slot: `${room.id} ${device.id}`,
      device,
      message: { payload, urgency: 'normal', topic: topicOf(room.id) },
      deadline: clock.now() + WORTH,
      done: () => {},
    })
  }

  /** Everybody in the room but somebody who would be rung for nothing but their own words. */
  async function ring(room: AgencyRoom, from: ReadonlySet<PersonId>): Promise<void> {
    const people = knowledge.people(room.id)
    const [only] = from.size === 1 ? from : []
    const others = new Set([...people].filter((person) => person !== only))
    const all = await devices.ofPeople(others)
    for (const device of all) if (!device.device.muted.includes(room.id)) push(room, device)
  }

  function begin(id: RoomId, from: ReadonlySet<PersonId>): void {
    const cancel = clock.after(ROOM_QUIET, () => {
      const since = quiet.get(id)?.from
      quiet.delete(id)
      if (since?.size) begin(id, since)
    })
    quiet.set(id, { from: new Set(), cancel })
    const room = knowledge.rooms().find((r) => r.id === id)
    if (!room) return
    const work = ring(room, from)
      .catch((error: unknown) => log.error({ room: id, reason: reasonOf(error) }, 'a message could not be rung for'))
      .finally(() => ringing.delete(work))
    ringing.add(work)
  }

  return {
    heard(events) {
      const rooms = new Map(knowledge.rooms().map((room) => [room.id, room]))
      const { active_site, active_since } = active()
      for (const event of events) {
        const room = rooms.get(event.room_id)
        const rings = room && ringingMessage(deployment(), room, event, clock.now())
        if (!rings || !isNew(rings.message) || active_site !== self) continue
        // Before that another relay was the one to ring.
        if (event.origin_server_ts < (active_since ?? 0)) continue
        const since = quiet.get(room.id)
        if (since) since.from.add(rings.from)
        else begin(room.id, new Set([rings.from]))
      }
    },
    async stop() {
      for (const { cancel } of quiet.values()) cancel()
      quiet.clear()
      await Promise.all(ringing)
    },
  }
}
