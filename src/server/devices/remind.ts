/** Asks people to open the app where their standby may be gone, before they need it. Rules READY-8, READY-9 in docs/spec.md. */
import type { Deployment } from '../../core/deployment.ts'
import type { SiteId } from '../../core/ids.ts'
import { pushOfReminder } from '../../core/push.ts'
import { isOfficeHour, reminderFor } from '../../core/reminder.ts'
import type { Log } from '../log.ts'
import type { Post } from '../push/post.ts'
import type { DeviceRegister } from './register.ts'

export interface RemindPorts {
  self: SiteId
  deployment: () => Deployment
  /** The declared one; null while the rooms are not known yet. */
  active: () => SiteId | null
  register: DeviceRegister
  post: Post
  now: () => number
  log: Log
}

/** Who is in the office today may still read it, s. */
const TTL = 8 * 3600

/** One look at every device, one push after the other. The relay of the active site speaks, so that nobody is asked twice. */
export async function remind({ self, deployment, active, register, post, now, log }: RemindPorts): Promise<void> {
  if (active() !== self || !isOfficeHour(now())) return
  let asked = 0
  for await (const { id, device, seen, reminded } of register.all()) {
    const reminder = reminderFor({ seen, expired: device.expired, reminded }, now())
    if (!reminder) continue
    const payload = JSON.stringify(pushOfReminder(deployment().app, reminder, device.lang))
    const outcome = await post(device.subscription, { payload, urgency: 'normal', topic: 'reminder' }, TTL)
    if (outcome.kind === 'gone') await register.forget(id, device.subscription.endpoint)
    if (outcome.kind !== 'taken') continue
    await register.noteReminded(id, now())
    asked += 1
  }
  if (asked) log.info({ devices: asked }, 'asked to open the app')
}
