/**
 * A register that remembers which subscriptions have ended, so that a browser which still believes in its own is told
 * (PUSH-32). In memory: what a restart forgets the next push finds out.
 */
import type { DeviceRegister } from './register.ts'

const MOST = 10_000

export function rememberEnded(register: DeviceRegister): DeviceRegister {
  const ended = new Set<string>()
  return {
    ...register,
    // Once: a push service that says so of one that it gives again must not keep a phone out.
    put: async (device) => (ended.delete(device.device.subscription.endpoint) ? 'ended' : register.put(device)),
    forget(id, endpoint) {
      ended.add(endpoint)
      if (ended.size > MOST) ended.delete(ended.values().next().value!)
      return register.forget(id, endpoint)
    },
  }
}
