/**
 * The doors of one run of the engine. When the run has ended, nothing that it still waited for is written any more: the
 * device may have been emptied meanwhile, or belong to somebody else.
 */
import type { Ports, Projection, Settings } from '../../core/ports.ts'

export function whileLive(ports: Ports, live: () => boolean): Ports {
  const nothing = () => Promise.resolve()
  const settings: Settings = {
    ...ports.settings,
    set: (key, value) => (live() ? ports.settings.set(key, value) : nothing()),
  }
  const { projection } = ports
  const kept: Projection = {
    ...projection,
    add: (room, events) => (live() ? projection.add(room, events) : nothing()),
    rememberRooms: (account, rooms) => (live() ? projection.rememberRooms(account, rooms) : nothing()),
    startAnew: (account) => (live() ? projection.startAnew(account) : nothing()),
    putBody: (playbook, body) => (live() ? projection.putBody(playbook, body) : nothing()),
  }
  const relays: Ports['relays'] = {
    ...ports.relays,
    registerDevice: (...args) => (live() ? ports.relays.registerDevice(...args) : Promise.resolve('failed')),
  }
  const inbox: Ports['inbox'] = {
    ...ports.inbox,
    putAccess: (access) => (live() ? ports.inbox.putAccess(access) : nothing()),
  }
  return { ...ports, settings, projection: kept, relays, inbox }
}
