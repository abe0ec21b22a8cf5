/** The device register: which phones ring for whom. A port; SQLite implements it, tests fake it, one contract suite runs on both. */
import type { PersonId } from '../../core/ids.ts'
import type { Device } from '../../core/relay.ts'

export interface RegisteredDevice {
  /** The installation's own name, as it gave it. */
  id: string
  person: PersonId
  device: Device
  /** When it last registered, ms. */
  seen: number
}

/** Most devices of one person; beyond it the one not seen for longest goes. */
export const MAX_DEVICES = 10

export interface DeviceRegister {
  /**
   * Stores or renews a device. A device belongs to the person who made it: `foreign` for anybody else. An endpoint rings
   * one browser only, so an older entry with the same one goes: a phone that changed hands rings for its new owner.
   * `ended`: the push service has said that its subscription is gone.
   */
  put(device: RegisteredDevice): Promise<'stored' | 'foreign' | 'ended'>
  /** The device, if it is this person's. */
  get(id: string, person: PersonId): Promise<RegisteredDevice | null>
  /** Sign-out; false: this person has no such device. */
  remove(id: string, person: PersonId): Promise<boolean>
  /** The push service says that this subscription is gone. A device that has renewed it meanwhile stays. */
  forget(id: string, endpoint: string): Promise<void>
  ofPeople(people: ReadonlySet<PersonId>): Promise<RegisteredDevice[]>
  /** Deletes every device of these people; how many there were. */
  removeOf(people: ReadonlySet<PersonId>): Promise<number>
  /** Deletes every device that has not registered since `at`, ms; how many there were. */
  removeUnseen(at: number): Promise<number>
  /** When a device has last registered here, ms, until `now`: what is later was by a wrong clock; null: there is none. */
  heard(now: number): Promise<number | null>
  count(): Promise<number>
  /** Every device, and when it was last reminded, ms. There may be too many to hold at once. */
  all(): AsyncIterable<RegisteredDevice & { reminded: number | null }>
  /** A device was asked to open the app. */
  noteReminded(id: string, at: number): Promise<void>
}
