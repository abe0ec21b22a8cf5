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
   */
  put(device: RegisteredDevice): Promise<'stored' | 'foreign'>
  /** The device, if it is this person's. */
  get(id: string, person: PersonId): Promise<RegisteredDevice | null>
  /** Sign-out; false: this person has no such device. */
  remove(id: string, person: PersonId): Promise<boolean>
  /** The push service says that this subscription is gone. A device that has renewed it meanwhile stays. */
  forget(id: string, endpoint: string): Promise<void>
  ofPeople(people: ReadonlySet<PersonId>): Promise<RegisteredDevice[]>
  count(): Promise<number>
}
