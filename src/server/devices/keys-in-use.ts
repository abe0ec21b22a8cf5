/** Says in the log for which VAPID keys devices are subscribed, while that matters to the operator. Rule PUSH-24. */
import type { VapidPair } from '../keys.ts'
import type { Log } from '../log.ts'
import type { DeviceRegister } from './register.ts'

interface Ports {
  register: Pick<DeviceRegister, 'all'>
  /** The present pair first. */
  keys: readonly VapidPair[]
  log: Log
}

/** To be called often; says something only when it has changed. */
export function watchKeys({ register, keys, log }: Ports): () => Promise<void> {
  let said = ''
  return async () => {
    const devices = { present: 0, former: 0, untold: 0, foreign: 0 }
    for await (const { device } of register.all()) {
      const { vapid } = device.subscription
      if (vapid === undefined) devices.untold += 1
      else if (vapid === keys[0]?.publicKey) devices.present += 1
      else devices[keys.some((key) => key.publicKey === vapid) ? 'former' : 'foreign'] += 1
    }
    const line = JSON.stringify([devices.former, devices.untold, devices.foreign])
    if (line === said) return
    said = line
    if (devices.foreign)
      log.error({ devices }, 'devices are subscribed with a VAPID key that this relay does not have: they do not ring')
    if (keys.length === 1) return
    if (devices.former + devices.untold) log.info({ devices }, 'devices are subscribed with a former VAPID key')
    else log.info({ devices }, 'no device needs a former VAPID key any more')
  }
}
