/** The device register in memory. */
import { MAX_DEVICES, type DeviceRegister, type RegisteredDevice } from '../../src/server/devices/register.ts'

export function memoryRegister(): DeviceRegister {
  const rows = new Map<string, RegisteredDevice>()
  const reminded = new Map<string, number>()
  const own = (id: string, person: string) => (rows.get(id)?.person === person ? rows.get(id)! : null)
  function drop(which: (row: RegisteredDevice) => boolean): number {
    const gone = [...rows.values()].filter(which)
    for (const { id } of gone) {
      rows.delete(id)
      reminded.delete(id)
    }
    return gone.length
  }
  return {
    async put(device) {
      const before = rows.get(device.id)
      if (before && before.person !== device.person) return 'foreign'
      for (const [id, row] of rows)
        if (id !== device.id && row.device.subscription.endpoint === device.device.subscription.endpoint)
          rows.delete(id)
      rows.set(device.id, device)
      const others = [...rows.values()].filter((r) => r.person === device.person && r.id !== device.id)
      const tooMany = others.toSorted((a, b) => b.seen - a.seen).slice(MAX_DEVICES - 1)
      for (const row of tooMany) rows.delete(row.id)
      return 'stored'
    },
    async get(id, person) {
      return own(id, person)
    },
    async remove(id, person) {
      return own(id, person) !== null && rows.delete(id) && (reminded.delete(id), true)
    },
    async forget(id, endpoint) {
      if (rows.get(id)?.device.subscription.endpoint === endpoint) rows.delete(id)
    },
    async ofPeople(people) {
      return [...rows.values()].filter((r) => people.has(r.person)).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },
    async removeOf(people) {
      return drop((row) => people.has(row.person))
    },
    async removeUnseen(at) {
      return drop((row) => row.seen < at)
    },
    async heard(now) {
      const seen = [...rows.values()].flatMap((row) => (row.seen <= now ? row.seen : []))
      return seen.length ? Math.max(...seen) : null
    },
    async count() {
      return rows.size
    },
    async *all() {
      const all = [...rows.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
      for (const row of all) yield { ...row, reminded: reminded.get(row.id) ?? null }
    },
    async noteReminded(id, at) {
      if (rows.has(id)) reminded.set(id, at)
    },
  }
}
