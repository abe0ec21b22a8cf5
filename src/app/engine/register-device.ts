/** Tells every relay where this device is rung: at each start, after each change, and again every few hours. */
import { relayUrls } from '../../core/deployment.ts'
import { MAX_MUTED, type Device } from '../../core/relay.ts'
import { recall, remember } from '../memory.ts'
import { expiredSites } from './check-sessions.ts'
import type { Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const RETRY = 15_000
const RESUBSCRIBE = 60_000
const AGAIN = 6 * 3600_000

export function registerDevice(context: Context, bearer: (stale?: string) => Promise<string | null>): Kept {
  const { ports, session, deployment } = context
  const { device, inbox, relays, settings } = ports

  async function isAllowed(): Promise<boolean> {
    const state = await device.pushState()
    return state === 'subscribed' || state === 'no_subscription'
  }

  /** When a push last arrived: what the worker has put by (FLEET-1). */
  async function lastProof(): Promise<Pick<Device, 'proven'>> {
    const [test, alerts] = await Promise.all([inbox.lastTest(), inbox.alerts()]).catch(() => [null, []] as const)
    const came = [...(test ? [test] : []), ...alerts].map(({ received_at }) => received_at)
    return came.length ? { proven: Math.max(...came) } : {}
  }

  /** The endpoint that a relay has called ended. */
  let ended: string | undefined

  async function register(url: string, content: Device): Promise<Awaited<ReturnType<typeof relays.registerDevice>>> {
    const token = await bearer()
    if (!token) return 'failed'
    let answer = await relays.registerDevice(url, token, session.device, content)
    const fresh = answer === 'stale_bearer' ? await bearer(token) : null
    if (fresh) answer = await relays.registerDevice(url, fresh, session.device, content)
    if (answer === 'ended') ended = content.subscription.endpoint
    return answer
  }

  async function work(): Promise<number | null> {
    const vapid = deployment.vapid_public_key
    if (!vapid || !(await isAllowed())) return null
    // What the browser has lost, or made for a key that is no longer the relays', is made anew without a question.
    const former = ended
    const made = await device.subscribe(vapid, former)
    // Of the two halves of that the first may be done: it would ring nowhere until the next start.
    if (!made) return RESUBSCRIBE
    ended = undefined
    const lang = (await recall(settings, 'language')) ?? 'de'
    const expired = expiredSites(await recall(settings, 'sessions'))
    const muted = ((await recall(settings, 'muted')) ?? []).slice(-MAX_MUTED)
    const { platform } = device
    const content: Device = {
      v: 1,
      subscription: made,
      platform,
      lang,
      app_version: ports.version,
      expired,
      muted,
      installed: device.installed(),
      ...(await lastProof()),
    }
    const urls = relayUrls(deployment)
    const done = await Promise.all(urls.map((url) => register(url, content)))
    const registered = urls.filter((_, i) => done[i] === 'registered')
    if (registered.length)
      await remember(settings, 'registered', { endpoint: made.endpoint, relays: registered, at: ports.clock.now() })
    if (ended) return ended === former ? RESUBSCRIBE : 0
    // A relay that says no, to somebody who has left or for a device that is another's, does so again.
    return done.every((answer) => answer === 'registered' || answer === 'refused') ? AGAIN : RETRY
  }
  return keep(ports.clock, work, context.trouble)
}
